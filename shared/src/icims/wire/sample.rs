//! What a set-up is learned from: statuses with their labels, and the values of a requisition's lists
//! (docs/vendors/icims.md §3.1, §3.2, §8). Of people nothing is read, though the status log names them.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::node::{Choice, Entry, Node, ProfileLink};
use crate::icims::lenient::{Lenient, object};
use crate::icims::platform::{LabeledStatus, ListValue, Sample};

/// What to ask a workflow for. The log is a field at some platforms and a sub-resource at others.
pub(in crate::icims) const FIELDS: [&str; 3] = ["status", "baseprofile", LOG];
pub(in crate::icims) const LOG: &str = "submittalstatuslog";

#[derive(Deserialize)]
struct Workflow {
    #[serde(default)]
    status: Lenient<Node>,
    #[serde(default)]
    baseprofile: Lenient<ProfileLink>,
    #[serde(default)]
    submittalstatuslog: Lenient<Vec<Lenient<Change>>>,
}

#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    status: Lenient<Node>,
}

/// Reads a workflow; nothing if the answer is no JSON object.
pub(in crate::icims) fn sample(body: &[u8]) -> Option<Sample> {
    let wire: Workflow = object(body)?;
    Some(Sample {
        status: wire.status.as_ref().and_then(labeled),
        log: wire.submittalstatuslog.as_ref().map(|log| statuses(log)),
        requisition: wire.baseprofile.as_ref().and_then(ProfileLink::profile_id),
    })
}

/// Reads the log on its own; nothing if the answer holds none.
pub(in crate::icims) fn log(body: &[u8]) -> Option<Vec<LabeledStatus>> {
    let wire: Workflow = object(body)?;
    wire.submittalstatuslog.as_ref().map(|log| statuses(log))
}

fn statuses(log: &[Lenient<Change>]) -> Vec<LabeledStatus> {
    log.iter().filter_map(|change| labeled(change.as_ref()?.status.as_ref()?)).collect()
}

fn labeled(node: &Node) -> Option<LabeledStatus> {
    let id = node.id.text()?.parse().ok()?;
    // The path-formatted text comes last and says more: "Rejected: Not a fit".
    Some(LabeledStatus { id, label: node.texts().last().map(str::to_owned) })
}

/// Reads the values of these fields; fields without a value are left out.
pub(in crate::icims) fn list_values(body: &[u8], fields: &[&str]) -> Option<BTreeMap<String, Vec<ListValue>>> {
    let all: HashMap<String, Lenient<Choice>> = object(body)?;
    let values = fields.iter().filter_map(|&field| {
        let choice = all.get(field)?.as_ref()?;
        let values: Vec<ListValue> = choice.entries().map(value).collect();
        (!values.is_empty()).then(|| (field.to_owned(), values))
    });
    Some(values.collect())
}

fn value(entry: &Entry) -> ListValue {
    let mut texts: Vec<String> = entry.texts().into_iter().map(str::to_owned).collect();
    texts.dedup();
    ListValue { id: entry.id().map(str::to_owned), texts }
}
