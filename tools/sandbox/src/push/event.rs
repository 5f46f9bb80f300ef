//! The bodies and `Link` headers of events (docs/vendors/icims.md §2.2, §2.3).

use serde_json::{Map, Value, json};

use super::record::PushRecord;
use crate::icims::model::Customer;
use crate::icims::profile_type::ProfileType;
use crate::icims::render::Base;

/// The event of a status change.
pub(crate) const STATUS_CHANGE: &str = "WorkFlowStatusChangeEvent";

/// An event ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) event_type: String,
    pub(crate) workflow: Option<u64>,
    pub(crate) new_status: Option<String>,
    pub(crate) body: Value,
}

impl Event {
    /// The record of an attempt to send it, without an outcome yet.
    pub(super) fn record(&self) -> PushRecord {
        PushRecord {
            event_type: self.event_type.clone(),
            workflow: self.workflow,
            new_status: self.new_status.clone(),
            ..PushRecord::default()
        }
    }
}

/// A workflow moved from one status to another.
pub(crate) fn status_change(
    customer: &Customer,
    base: Base<'_>,
    workflow: u64,
    old: &str,
    new: &str,
    user: u64,
) -> Event {
    let settings = &customer.settings.push;
    let person = customer.link_of(ProfileType::ApplicantWorkflows, workflow, "associatedprofile");
    let job = customer.link_of(ProfileType::ApplicantWorkflows, workflow, "baseprofile");
    let status = |id: &str| {
        let id = if settings.status_prefix { id } else { id.trim_start_matches(['C', 'D']) };
        scalar(id, settings.ids_as_numbers)
    };
    let id = |id: u64| scalar(&id.to_string(), settings.ids_as_numbers);
    let link = |rel: &str, title: &str, kind: ProfileType, id: u64| {
        let url = base.link(kind, id);
        json!({"rel": rel, "title": title, "url": url})
    };
    let mut links = vec![link("applicantWorkflow", "Applicant Workflow", ProfileType::ApplicantWorkflows, workflow)];
    links.extend(job.map(|id| link("job", "Job Profile", ProfileType::Jobs, id)));
    links.extend(person.map(|id| link("person", "Person Profile", ProfileType::People, id)));
    links.push(link("user", "Posting User", ProfileType::People, user));
    let mut body = json!({
        "eventType": STATUS_CHANGE,
        "customerId": scalar(base.customer, settings.ids_as_numbers),
        "systemId": id(workflow),
        "userId": id(user),
        "newStatus": status(new),
        "oldStatus": status(old),
        "links": links,
    });
    for (key, profile) in [("personId", person), ("jobId", job)] {
        if let Some(profile) = profile {
            body[key] = id(profile);
        }
    }
    Event { event_type: STATUS_CHANGE.to_owned(), workflow: Some(workflow), new_status: Some(new.to_owned()), body }
}

/// Any other event: the given keys, with customer and type filled in where they are missing.
pub(crate) fn other(customer_id: &str, event_type: &str, keys: &Map<String, Value>) -> Event {
    let mut body = keys.clone();
    body.entry("eventType").or_insert_with(|| json!(event_type));
    body.entry("customerId").or_insert_with(|| json!(customer_id));
    body.entry("links").or_insert_with(|| json!([]));
    Event { event_type: event_type.to_owned(), workflow: None, new_status: None, body: Value::Object(body) }
}

fn scalar(text: &str, as_number: bool) -> Value {
    match text.parse::<u64>() {
        Ok(number) if as_number => json!(number),
        _ => json!(text),
    }
}

/// The `Link` header: no angle brackets, and a comma at the end.
pub(crate) fn link_header(body: &Value) -> String {
    let links = body.get("links").and_then(Value::as_array);
    let text = |link: &Value, key: &str| link.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    links
        .into_iter()
        .flatten()
        .map(|l| format!("{};rel=\"{}\";title=\"{}\",", text(l, "url"), text(l, "rel"), text(l, "title")))
        .collect()
}
