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

struct Link {
    rel: &'static str,
    title: &'static str,
    url: String,
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
    let id = |id: Option<u64>| id.map(|id| scalar(&id.to_string(), settings.ids_as_numbers));
    let mut body = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(key.to_owned(), value);
        }
    };
    put("eventType", Some(json!(STATUS_CHANGE)));
    put("customerId", Some(scalar(base.customer, settings.ids_as_numbers)));
    put("systemId", id(Some(workflow)));
    put("personId", id(person));
    put("jobId", id(job));
    put("userId", id(Some(user)));
    put("newStatus", Some(status(new)));
    put("oldStatus", Some(status(old)));
    let mut links = vec![Link {
        rel: "applicantWorkflow",
        title: "Applicant Workflow",
        url: base.link(ProfileType::ApplicantWorkflows, workflow),
    }];
    links.extend(job.map(|id| Link { rel: "job", title: "Job Profile", url: base.link(ProfileType::Jobs, id) }));
    links.extend(person.map(|id| Link {
        rel: "person",
        title: "Person Profile",
        url: base.link(ProfileType::People, id),
    }));
    links.push(Link { rel: "user", title: "Posting User", url: base.link(ProfileType::People, user) });
    put("links", Some(links.iter().map(|l| json!({"rel": l.rel, "title": l.title, "url": l.url})).collect()));
    Event {
        event_type: STATUS_CHANGE.to_owned(),
        workflow: Some(workflow),
        new_status: Some(new.to_owned()),
        body: Value::Object(body),
    }
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
