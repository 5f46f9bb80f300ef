//! `connector customer discover`

use std::time::Duration;

use connector_core::domain::{Customer, ResultFields, StatusId, Timestamp};
use serde::Serialize;
use time::OffsetDateTime;

use crate::arguments::customer::Discover;
use crate::discovery::{self, Certainty, Limits, Proposal, Seen, Setting};
use crate::failure::CliError;
use crate::records::audit::Entry;
use crate::records::diff::{self, Difference};
use crate::records::{Change, customers, write};
use crate::rotation::icims_with;
use crate::secrets_document;
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};
use crate::vendors::platform::Field;

/// Requisitions looked at: their list values repeat soon.
const MOST_REQUISITIONS: usize = 10;
/// Values shown of a list field.
const VALUES_SHOWN: usize = 8;
const DAY: Duration = Duration::from_secs(86_400);

#[derive(Debug, Serialize)]
struct Discovered {
    customer: String,
    looked_at: LookedAt,
    list_fields: Vec<ListField>,
    statuses: Vec<Status>,
    collections: Vec<Collection>,
    proposals: Vec<Proposal>,
    /// What the sure proposals change in the settings.
    differences: Vec<Difference>,
}

#[derive(Debug, Serialize)]
struct LookedAt {
    calls: usize,
    workflows: usize,
    requisitions: usize,
    list_fields_not_read: usize,
}

#[derive(Debug, Serialize)]
struct ListField {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// The first values seen, by alphabet.
    values: Vec<String>,
    /// The tags of the customer's templates that its values name.
    templates: Vec<String>,
    in_settings: bool,
}

#[derive(Debug, Serialize)]
struct Status {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    workflows: usize,
    /// What the settings say that it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_settings: Option<String>,
}

#[derive(Debug, Serialize)]
struct Collection {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    fields: Vec<String>,
    in_settings: bool,
    /// Fields that the settings name and it does not have.
    missing: Vec<String>,
}

impl Report for Discovered {
    fn tables(&self) -> Vec<Table> {
        let mut looked = Table::pairs();
        let LookedAt { calls, workflows, requisitions, list_fields_not_read } = &self.looked_at;
        looked.row([
            &"looked at",
            &format!("{workflows} recruiting workflows and {requisitions} requisitions in {calls} calls of iCIMS"),
        ]);
        if *list_fields_not_read > 0 {
            looked.row([&"left out", &format!("the values of {list_fields_not_read} further list fields")]);
        }
        let mut lists = Table::new(["FIELD", "LABEL", "SETTINGS", "NAMES TEMPLATES", "VALUES SEEN"])
            .title("List fields of requisitions")
            .empty("no list fields of requisitions are shown to the API user");
        for list in &self.list_fields {
            let mark = if list.in_settings { "template_field" } else { "" };
            let label = list.label.clone().unwrap_or_default();
            lists.row([&list.name, &label, &mark, &list.templates.join(", "), &list.values.join(", ")]);
        }
        let mut statuses =
            Table::new(["STATUS", "LABEL", "SEEN IN", "SETTINGS"]).title("Statuses").empty("no statuses were seen");
        for status in &self.statuses {
            statuses.row([
                &status.id,
                &status.label.clone().unwrap_or_default(),
                &status.workflows,
                &status.in_settings.clone().unwrap_or_default(),
            ]);
        }
        let mut collections = Table::new(["COLLECTION", "LABEL", "SETTINGS", "FIELDS"])
            .title("Collections of recruiting workflows")
            .empty("no collections are shown to the API user");
        for collection in &self.collections {
            let mark = match (collection.in_settings, collection.missing.is_empty()) {
                (false, _) => String::new(),
                (true, true) => "result".to_owned(),
                (true, false) => format!("result; lacks {}", collection.missing.join(", ")),
            };
            let label = collection.label.clone().unwrap_or_default();
            collections.row([&collection.name, &label, &mark, &collection.fields.join(", ")]);
        }
        let mut proposals =
            Table::new(["SETTING", "VALUE", "CERTAINTY", "WHY"]).title("Proposals").empty("nothing to propose");
        for proposal in &self.proposals {
            let certainty = match proposal.certainty {
                Certainty::Sure => "sure",
                Certainty::Maybe => "maybe: not written",
            };
            let setting = path(proposal.setting);
            proposals.row([&setting, &proposal.value, &certainty, &proposal.why]);
        }
        let mut changes =
            Table::new(["SETTING", "NOW", "THEN"]).title("Changes").empty("the settings stay as they are");
        for Difference { field, before, after } in &self.differences {
            changes.row([&field, &before.clone().unwrap_or_default(), &after.clone().unwrap_or_default()]);
        }
        vec![looked, lists, statuses, collections, proposals, changes]
    }
}

/// Looks at the customer's iCIMS, proposes settings, and writes what is sure on confirmation.
///
/// # Errors
/// What iCIMS or AWS says; a conflict if somebody changes the settings meanwhile.
pub(super) async fn discover(session: &Session, args: &Discover, terminal: &Terminal) -> Result<(), CliError> {
    let record = customers::load(session, &args.customer).await?;
    let (customer, version) = (record.customer()?, record.settings()?.version);
    let secrets = secrets_document::current(session, &args.customer).await?;
    let icims = icims_with(session, &secrets);
    let now = Timestamp::from(OffsetDateTime::now_utc());
    let since_ms = i64::try_from((DAY * args.days).as_millis()).unwrap_or(i64::MAX);
    let limits = Limits {
        workflows: if args.sample_workflow.is_empty() { args.samples } else { args.sample_workflow.len() },
        requisitions: MOST_REQUISITIONS,
        since: Timestamp::from_ms(now.ms().saturating_sub(since_ms)),
        given: args.sample_workflow.clone(),
    };
    let seen = discovery::look(&icims, &customer, &limits, terminal).await?;
    let proposals = discovery::propose(&seen, &customer);
    let after = discovery::apply(&proposals, &customer.settings);
    after.validate().map_err(|error| CliError::internal(format!("the proposal does not hold: {error}")))?;
    let differences = diff::between("settings", Some(&customer.settings), Some(&after))?;
    warn(&seen, &customer, terminal);
    terminal.report(&report(&seen, &customer, proposals, differences.clone()))?;
    if differences.is_empty() || args.dry_run {
        return Ok(());
    }
    terminal.confirm("Write the changes?").await?;
    let entry = Entry::new(session, "customer discover", differences).await?;
    write(session, &args.customer, &[Change::PutSettings(Box::new(after), version)], &entry).await?;
    terminal.done("written; the functions follow within a minute");
    Ok(())
}

fn report(seen: &Seen, customer: &Customer, proposals: Vec<Proposal>, differences: Vec<Difference>) -> Discovered {
    let icims = &customer.settings.icims;
    let list_fields = seen.lists.iter().map(|list| ListField {
        name: list.field.name.clone(),
        label: list.field.label.clone(),
        values: list.values.iter().take(VALUES_SHOWN).cloned().collect(),
        templates: discovery::matches(list, customer).into_iter().map(str::to_owned).collect(),
        in_settings: list.field.name == icims.template_field,
    });
    let statuses = seen.statuses.iter().map(|(id, status)| Status {
        id: id.to_string(),
        label: status.label.clone(),
        workflows: status.workflows,
        in_settings: meaning(id, customer),
    });
    let collections = seen.collections.iter().flatten().map(|collection| {
        let in_settings = collection.name == icims.result.collection;
        Collection {
            name: collection.name.clone(),
            label: collection.label.clone(),
            fields: collection.children.iter().map(|child| child.name.clone()).collect(),
            in_settings,
            missing: if in_settings { missing(collection, &icims.result) } else { Vec::new() },
        }
    });
    Discovered {
        customer: customer.id.to_string(),
        looked_at: LookedAt {
            calls: seen.calls,
            workflows: seen.workflows,
            requisitions: seen.requisitions,
            list_fields_not_read: seen.lists_not_read,
        },
        list_fields: list_fields.collect(),
        statuses: statuses.collect(),
        collections: collections.collect(),
        proposals,
        differences,
    }
}

/// What the settings name and iCIMS does not show.
fn warn(seen: &Seen, customer: &Customer, terminal: &Terminal) {
    let icims = &customer.settings.icims;
    let field = &icims.template_field;
    if seen.knows_requisition_fields && !seen.lists.iter().any(|list| list.field.name == *field) {
        terminal.warn(format!("icims.template_field is {field}, which is no list field that iCIMS shows"));
    }
    let Some(collections) = &seen.collections else { return };
    match collections.iter().find(|collection| collection.name == icims.result.collection) {
        None => terminal.warn(format!(
            "icims.result.collection is {}, which is no collection that iCIMS shows",
            icims.result.collection
        )),
        Some(collection) => {
            for field in missing(collection, &icims.result) {
                terminal.warn(format!("icims.result names {field}, which {} does not have", collection.name));
            }
        }
    }
}

fn missing(collection: &Field, result: &ResultFields) -> Vec<String> {
    let named = [&result.name, &result.status, &result.date, &result.score, &result.result, &result.notes, &result.url];
    let has = |name: &str| collection.children.iter().any(|child| child.name == name);
    named.into_iter().filter(|name| !name.is_empty() && !has(name)).cloned().collect()
}

fn meaning(id: &StatusId, customer: &Customer) -> Option<String> {
    let icims = &customer.settings.icims;
    let among = |set: &[StatusId]| set.iter().any(|status| status.may_be(id));
    let set = [
        (Setting::Trigger, &icims.statuses.trigger),
        (Setting::Rejected, &icims.statuses.rejected),
        (Setting::Withdrawn, &icims.statuses.withdrawn),
    ];
    let set = set.into_iter().find(|(_, set)| among(set)).map(|(setting, _)| path(setting).to_owned());
    let stage = || {
        let mut stages = icims.stage_statuses.all();
        stages.find(|(_, status)| status.may_be(id)).map(|(stage, _)| format!("icims.stage_statuses.{stage}"))
    };
    set.or_else(stage)
}

fn path(setting: Setting) -> &'static str {
    match setting {
        Setting::Trigger => "icims.statuses.trigger",
        Setting::Rejected => "icims.statuses.rejected",
        Setting::Withdrawn => "icims.statuses.withdrawn",
        Setting::TemplateField => "icims.template_field",
    }
}
