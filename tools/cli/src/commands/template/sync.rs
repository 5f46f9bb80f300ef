//! `connector template sync`: what open requisitions name, by the same rule by which an order finds its template.

use std::collections::{BTreeMap, BTreeSet};

use connector_core::domain::{Customer, Requisition, RequisitionId, resolve_template};
use connector_core::icims::{Icims, MAX_CONCURRENT_CALLS};
use connector_core::ports::{Ats as _, AtsError};
use futures_util::StreamExt as _;
use serde::Serialize;

use crate::arguments::template::Sync;
use crate::failure::{CliError, explain_icims};
use crate::records::customers;
use crate::session::Session;
use crate::templates::nearest;
use crate::terminal::{Report, Table, Terminal};
use crate::vendors::{self, platform::requisitions};

/// Searches in a row at most: a hundred thousand requisitions.
const MOST_PAGES: usize = 100;
/// How many requisitions of an unknown value are named.
const NAMED: usize = 5;

/// A value that requisitions carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Value {
    /// As the requisitions have it.
    value: String,
    requisitions: usize,
    /// The template that an order would take; absent if it would be refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<String>,
    /// The template that is probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<String>,
    /// Some of the requisitions, where it is unknown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    examples: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Compared {
    customer: String,
    /// The requisitions' field that names the template.
    field: String,
    /// How many there are, and how many were read.
    requisitions: usize,
    read: usize,
    /// Requisitions that the API user may not see, or that are gone.
    hidden: usize,
    /// Whether all of them were read.
    complete: bool,
    values: Vec<Value>,
    /// Requisitions that name no template, and what an order takes then.
    nameless: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_template: Option<String>,
    /// Templates that no requisition names.
    unused: Vec<String>,
}

impl Report for Compared {
    fn tables(&self) -> Vec<Table> {
        let mut values = Table::new(["NAMED", "REQUISITIONS", "TEMPLATE", ""]);
        for value in &self.values {
            let (template, hint) = match (&value.template, &value.nearest) {
                (Some(template), _) => (template.clone(), String::new()),
                (None, near) => {
                    let meant = near.as_ref().map(|near| format!("meant is perhaps {near}; ")).unwrap_or_default();
                    ("UNKNOWN".to_owned(), format!("{meant}requisition {}", value.examples.join(", ")))
                }
            };
            values.row([&value.value, &value.requisitions, &template, &hint]);
        }
        let mut rest = Table::pairs();
        let nameless = match &self.default_template {
            Some(tag) => format!("{} (orders take the default, {tag})", self.nameless),
            None => format!("{} (orders are refused)", self.nameless),
        };
        rest.row([&"requisitions read", &format!("{} of {}", self.read, self.requisitions)]);
        rest.row([&"that name no template", &nameless]);
        if self.hidden > 0 {
            rest.row([&"hidden from the API user", &self.hidden]);
        }
        let unused = if self.unused.is_empty() { "none".to_owned() } else { self.unused.join(", ") };
        rest.row([&"templates that none names", &unused]);
        vec![values.empty(format!("no requisition names a template in its field {}", self.field)), rest]
    }
}

/// Tells which templates open requisitions name, and which of those are unknown.
///
/// # Errors
/// [`Kind::Findings`] if one is unknown; why iCIMS cannot be asked.
pub(super) async fn sync(arguments: &Sync, session: &Session, terminal: &Terminal) -> Result<(), CliError> {
    let id = &arguments.customer;
    let customer = customers::load(session, id).await?.customer()?;
    let icims = vendors::of(session, id).await?.icims;
    let folders: &[String] = if arguments.all { &[] } else { &arguments.folders };
    let mut ids = search(&icims, &customer, folders).await?;
    let found = ids.len();
    let limit = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    // Ids ascend with age: the newest ones are the likeliest to be ordered for.
    let ids = ids.split_off(found.saturating_sub(limit));
    let (read, stopped) = read_all(&icims, &customer, ids, terminal).await;
    let mut compared = compare(&customer, &read);
    compared.requisitions = found;
    compared.complete = stopped.is_none() && read.len() == found;
    terminal.report(&compared)?;
    if found == 0 {
        terminal.warn("iCIMS lists no requisition there; --all looks in every folder");
    }
    let unknown: Vec<&str> =
        compared.values.iter().filter(|it| it.template.is_none()).map(|it| it.value.as_str()).collect();
    if !unknown.is_empty() {
        return Err(CliError::findings(format!("requisitions name unknown templates: {}", unknown.join(", ")))
            .fix("add them with `connector template add`, or correct the requisitions in iCIMS"));
    }
    match stopped {
        Some(error) => Err(explain_icims(&customer, "requisitions", error)),
        None => {
            if read.len() < found {
                terminal.warn(format!("only the newest {} were read; --limit reads more", read.len()));
            }
            Ok(())
        }
    }
}

/// The requisitions in these folders, by ascending id.
async fn search(icims: &Icims, customer: &Customer, folders: &[String]) -> Result<Vec<RequisitionId>, CliError> {
    let (mut ids, mut after) = (Vec::new(), 0);
    for _ in 0..MOST_PAGES {
        let page = requisitions(icims, customer, folders, after).await;
        let (found, next) = page.map_err(|error| explain_icims(customer, "requisitions", error))?;
        ids.extend(found);
        match next {
            Some(next) => after = next,
            None => break,
        }
    }
    Ok(ids)
}

/// What was read of a requisition; nothing if the API user may not see it.
type Read = (RequisitionId, Option<Requisition>);

/// Reads requisitions, a few at a time, until all are read or iCIMS wants no more calls.
async fn read_all(
    icims: &Icims,
    customer: &Customer,
    ids: Vec<RequisitionId>,
    terminal: &Terminal,
) -> (Vec<Read>, Option<AtsError>) {
    let progress = terminal.progress(ids.len(), "reading requisitions");
    let asked = ids.into_iter().map(|id| async move {
        let message = icims.requisition(customer, &id).await;
        (id, message)
    });
    let mut answers = futures_util::stream::iter(asked).buffer_unordered(MAX_CONCURRENT_CALLS);
    let mut read = Vec::new();
    while let Some((id, message)) = answers.next().await {
        progress.step();
        match message {
            Ok(requisition) => read.push((id, Some(requisition))),
            Err(AtsError::NotFound) => read.push((id, None)),
            // Whatever it is, the next ones would meet it too.
            Err(error) => return (read, Some(error)),
        }
    }
    (read, None)
}

/// What the requisitions mean to the customer's templates.
fn compare(customer: &Customer, read: &[Read]) -> Compared {
    let mut counts: BTreeMap<(String, Option<String>), BTreeSet<&RequisitionId>> = BTreeMap::new();
    let mut compared = Compared {
        customer: customer.id.to_string(),
        field: customer.settings.icims.template_field.clone(),
        read: read.len(),
        ..Compared::default()
    };
    let default = customer.settings.icims.default_template.as_ref();
    let default = default.filter(|tag| customer.templates.iter().any(|template| template.tag == **tag));
    compared.default_template = default.map(ToString::to_string);
    for (id, requisition) in read {
        let Some(requisition) = requisition else {
            compared.hidden += 1;
            continue;
        };
        let named = requisition
            .template_values
            .iter()
            .find(|value| customer.templates.iter().any(|template| template.answers_to(value)));
        match (resolve_template(customer, requisition), named) {
            // The others of its values are other vendors' (docs/vendors/icims.md §3.6).
            (Ok(template), Some(value)) => {
                counts.entry((value.clone(), Some(template.tag.to_string()))).or_default().insert(id);
            }
            (Ok(_), None) => compared.nameless += 1,
            (Err(_), _) if requisition.template_values.is_empty() => compared.nameless += 1,
            (Err(_), _) => {
                for value in &requisition.template_values {
                    counts.entry((value.clone(), None)).or_default().insert(id);
                }
            }
        }
    }
    let named: BTreeSet<&String> = counts.keys().filter_map(|(_, template)| template.as_ref()).collect();
    let unused = customer.templates.iter().map(|template| template.tag.to_string());
    compared.unused =
        unused.filter(|tag| !named.contains(tag) && compared.default_template.as_ref() != Some(tag)).collect();
    compared.unused.sort();
    let known = || customer.templates.iter().flat_map(|template| [template.tag.as_str(), template.name.as_str()]);
    compared.values = counts
        .into_iter()
        .map(|((value, template), ids)| {
            let unknown = template.is_none();
            let near = if unknown { nearest(&value, known()).map(str::to_owned) } else { None };
            let examples = ids.iter().take(if unknown { NAMED } else { 0 }).map(ToString::to_string).collect();
            Value { value, requisitions: ids.len(), template, nearest: near, examples }
        })
        .collect();
    // What has to be corrected comes first.
    compared.values.sort_by_key(|value| (value.template.is_some(), std::cmp::Reverse(value.requisitions)));
    compared
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, draft};

    fn customer(default: Option<&str>) -> Customer {
        let template = |tag: &str, name: &str| draft(name, tag, "any_references = 1").template;
        let templates = vec![template("sales-ae", "Sales AE"), template("eng", "Engineering"), template("old", "Old")];
        testing::customer(serde_json::json!({"icims": {"default_template": default}}), templates)
    }

    fn read(requisitions: &[&[&str]]) -> Vec<Read> {
        let requisition = |values: &&[&str]| Requisition {
            template_values: values.iter().map(|&value| value.to_owned()).collect(),
            ..Requisition::default()
        };
        let ids = 1..;
        ids.zip(requisitions).map(|(id, it)| (id.to_string().parse().unwrap(), Some(requisition(it)))).collect()
    }

    #[test]
    fn what_requisitions_name_is_reported_by_the_rule_of_an_order() {
        let mut read =
            read(&[&["Typing test", "Sales-AE"], &["sales ae"], &["sales-a"], &["sales-a", "?"], &[], &["ENG"]]);
        read.push(("99".parse().unwrap(), None));
        let message = compare(&customer(None), &read);
        let values: Vec<(&str, usize, Option<&str>)> =
            message.values.iter().map(|it| (it.value.as_str(), it.requisitions, it.template.as_deref())).collect();
        assert_eq!(
            values,
            [
                ("sales-a", 2, None),
                ("?", 1, None),
                ("ENG", 1, Some("eng")),
                ("Sales-AE", 1, Some("sales-ae")),
                ("sales ae", 1, Some("sales-ae")),
            ]
        );
        assert_eq!(
            (message.values[0].nearest.as_deref(), &message.values[0].examples[..]),
            (Some("sales-ae"), &["3".to_owned(), "4".to_owned()][..])
        );
        assert_eq!((message.nameless, message.hidden, message.unused), (1, 1, vec!["old".to_owned()]));
    }

    #[test]
    fn with_a_default_template_nothing_is_unknown() {
        let message = compare(&customer(Some("old")), &read(&[&["sales-a"], &[], &["eng"]]));
        assert!(message.values.iter().all(|value| value.template.is_some()), "{message:?}");
        assert_eq!((message.nameless, message.unused), (2, vec!["sales-ae".to_owned()]));
    }
}
