//! Looking: two schemas, one search, then a bounded number of workflows and requisitions.

use std::collections::{BTreeMap, BTreeSet};

use connector_core::domain::{Customer, RequisitionId, StatusId, Timestamp, WorkflowId};
use connector_core::failure::RefusedAt;
use connector_core::icims::Icims;
use connector_core::ports::AtsError;

use crate::failure::{CliError, explain_icims};
use crate::terminal::Terminal;
use crate::vendors::platform::{self, Field, FieldKind, LabeledStatus, ProfileType};

/// List fields asked for in one read of a requisition: more would not fit a URL.
const MOST_LIST_FIELDS: usize = 60;
/// Values kept of a list field: enough to recognize it.
const MOST_VALUES: usize = 200;
/// What the label or name of a field that chooses a package is likely to hold.
const LIKELY: [&str; 6] = ["crosschq", "reference", "assessment", "template", "package", "check"];

/// How much to look at.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) workflows: usize,
    pub(crate) requisitions: usize,
    /// Search for workflows that changed since.
    pub(crate) since: Timestamp,
    /// These workflows instead of a search.
    pub(crate) given: Vec<WorkflowId>,
}

/// A status that was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SeenStatus {
    /// What users see.
    pub(crate) label: Option<String>,
    /// How many of the workflows stood in it, now or before.
    pub(crate) workflows: usize,
}

/// A list field of requisitions with the values that were seen in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeenField {
    pub(crate) field: Field,
    pub(crate) values: BTreeSet<String>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) statuses: BTreeMap<StatusId, SeenStatus>,
    /// List fields of requisitions.
    pub(crate) lists: Vec<SeenField>,
    /// List fields that were too many to be read.
    pub(crate) lists_not_read: usize,
    /// Collections of recruiting workflows; `None` if the API user may not read the schema.
    pub(crate) collections: Option<Vec<Field>>,
    /// Whether the requisitions' schema was told.
    pub(crate) knows_requisition_fields: bool,
    pub(crate) workflows: usize,
    pub(crate) requisitions: usize,
    /// Calls of iCIMS' API made for it, without the one for a token.
    pub(crate) calls: usize,
}

/// Looks.
///
/// # Errors
/// If iCIMS refuses the credentials, does not answer, or has no calls left. What it merely does not show is said and
/// left out.
pub(crate) async fn look(
    icims: &Icims,
    customer: &Customer,
    limits: &Limits,
    terminal: &Terminal,
) -> Result<Seen, CliError> {
    let mut looking = Looking { icims, customer, terminal, seen: Seen::default(), log_is_resource: None };
    looking.schemas().await?;
    let workflows = looking.workflows(limits).await?;
    let progress = terminal.progress(workflows.len() + limits.requisitions, "reading samples");
    let mut requisitions = BTreeSet::new();
    for workflow in &workflows {
        requisitions.extend(looking.workflow(workflow).await?);
        progress.step();
    }
    for requisition in requisitions.iter().take(limits.requisitions) {
        looking.requisition(requisition).await?;
        progress.step();
    }
    Ok(looking.seen)
}

struct Looking<'a> {
    icims: &'a Icims,
    customer: &'a Customer,
    terminal: &'a Terminal,
    seen: Seen,
    /// Whether the status log is a resource of its own; unknown until tried.
    log_is_resource: Option<bool>,
}

impl Looking<'_> {
    /// What iCIMS does not show to this API user is said and left out; anything else ends the command.
    fn shown<T>(&mut self, what: &str, answer: Result<T, AtsError>) -> Result<Option<T>, CliError> {
        self.seen.calls += 1;
        match answer {
            Ok(value) => Ok(Some(value)),
            Err(AtsError::NotFound | AtsError::Unauthorized { at: RefusedAt::Forbidden }) => {
                self.terminal.warn(format!("iCIMS does not show {what}: not there, or the API user may not see it"));
                Ok(None)
            }
            Err(AtsError::Refused { why }) => {
                self.terminal.warn(format!("iCIMS refuses {what}: {why}"));
                Ok(None)
            }
            Err(error) => Err(explain_icims(self.customer, what, error)),
        }
    }

    async fn schemas(&mut self) -> Result<(), CliError> {
        let workflow = platform::fields(self.icims, self.customer, ProfileType::RecruitingWorkflow).await;
        let workflow = self.shown("the schema of recruiting workflows", workflow)?;
        let is_collection = |field: &Field| field.kind == FieldKind::Collection;
        self.seen.collections = workflow.map(|fields| fields.into_iter().filter(is_collection).collect());
        let job = platform::fields(self.icims, self.customer, ProfileType::Requisition).await;
        let job = self.shown("the schema of requisitions", job)?;
        self.seen.knows_requisition_fields = job.is_some();
        let configured = self.customer.settings.icims.template_field.clone();
        let mut lists: Vec<Field> = match job {
            Some(fields) => fields.into_iter().filter(|field| field.kind == FieldKind::List).collect(),
            // Without a schema the configured field can still be looked into.
            None => vec![Field { name: configured.clone(), label: None, kind: FieldKind::List, children: Vec::new() }],
        };
        lists.sort_by_key(|field| (field.name != configured, !is_likely(field)));
        self.seen.lists_not_read = lists.len().saturating_sub(MOST_LIST_FIELDS);
        lists.truncate(MOST_LIST_FIELDS);
        self.seen.lists = lists.into_iter().map(|field| SeenField { field, values: BTreeSet::new() }).collect();
        Ok(())
    }

    async fn workflows(&mut self, limits: &Limits) -> Result<Vec<WorkflowId>, CliError> {
        if !limits.given.is_empty() {
            return Ok(limits.given.iter().take(limits.workflows).cloned().collect());
        }
        let found = platform::changed_workflows(self.icims, self.customer, limits.since).await;
        let found = self.shown("the search for recruiting workflows", found)?.unwrap_or_default();
        if found.is_empty() {
            self.terminal.warn("no recruiting workflow was found to learn from: name some with --sample-workflow");
        }
        // Ids ascend, so the last are the newest; but those say little of how workflows end. Half and half.
        let newest = found.len().saturating_sub(limits.workflows.div_ceil(2));
        let (older, newer) = found.split_at(newest);
        let mut chosen = newer.to_vec();
        let rest = limits.workflows.saturating_sub(chosen.len());
        let every = (older.len() / rest.max(1)).max(1);
        chosen.extend(older.iter().step_by(every).take(rest).cloned());
        Ok(chosen)
    }

    async fn workflow(&mut self, workflow: &WorkflowId) -> Result<Option<RequisitionId>, CliError> {
        let sample = platform::sample(self.icims, self.customer, workflow).await;
        let Some(sample) = self.shown(&format!("workflow {workflow}"), sample)? else { return Ok(None) };
        self.seen.workflows += 1;
        let mut statuses: Vec<LabeledStatus> = sample.status.into_iter().collect();
        match sample.log {
            Some(log) => statuses.extend(log),
            None if self.log_is_resource != Some(false) => {
                let log = platform::status_log(self.icims, self.customer, workflow).await;
                let log = self.shown("the log of a workflow's statuses", log)?;
                self.log_is_resource = Some(log.is_some());
                statuses.extend(log.unwrap_or_default());
            }
            None => {}
        }
        let mut counted = BTreeSet::new();
        for LabeledStatus { id, label } in statuses {
            let seen = self.seen.statuses.entry(id.clone()).or_default();
            seen.label = seen.label.take().or(label);
            if counted.insert(id) {
                seen.workflows += 1;
            }
        }
        Ok(sample.requisition)
    }

    async fn requisition(&mut self, requisition: &RequisitionId) -> Result<(), CliError> {
        let names: Vec<String> = self.seen.lists.iter().map(|list| list.field.name.clone()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if names.is_empty() {
            return Ok(());
        }
        let values = platform::list_values(self.icims, self.customer, requisition, &names).await;
        let Some(mut values) = self.shown(&format!("requisition {requisition}"), values)? else { return Ok(()) };
        self.seen.requisitions += 1;
        for list in &mut self.seen.lists {
            let texts = values.remove(&list.field.name).unwrap_or_default();
            list.values.extend(texts.into_iter().take(MOST_VALUES));
        }
        Ok(())
    }
}

fn is_likely(field: &Field) -> bool {
    let text = format!("{} {}", field.name, field.label.as_deref().unwrap_or_default()).to_lowercase();
    LIKELY.iter().any(|word| text.contains(word))
}
