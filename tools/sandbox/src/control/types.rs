//! What goes over the control plane, for callers in Rust.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::crosschq::request_state::State;
use crate::push::record::PushRecord;
use crate::requests::LoggedRequest;

/// The sandbox at a glance.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Summary {
    pub icims_url: String,
    pub crosschq_url: String,
    /// The virtual clock, in RFC 3339.
    pub now: String,
    pub customers: Vec<String>,
    pub orgs: Vec<String>,
}

/// A recruiter's move of a workflow.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advance {
    /// The status to move to: its id or its label.
    pub status: String,
    /// The person id of the acting user; the job's recruiter when absent, else the API user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<u64>,
}

/// What a move led to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Advanced {
    pub workflow: u64,
    /// The id of the status before.
    pub old_status: String,
    /// The id of the status now (the old one again, where a refusal reverts it).
    pub status: String,
    /// Every attempt to notify the vendor; empty when the customer does not subscribe to the new status.
    pub pushes: Vec<PushRecord>,
}

impl Advanced {
    /// What appears on the recruiter's screen, if anything.
    #[must_use]
    pub fn recruiter_sees(&self) -> Option<&str> {
        self.pushes.iter().find_map(|p| p.recruiter_sees.as_deref())
    }
}

/// A status event sent without moving anything: late, repeated or wrong.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StatusPush {
    /// The new status in the event; the present one when absent.
    pub new_status: Option<String>,
    /// The old status in the event.
    pub old_status: Option<String>,
    /// The acting user in the event.
    pub user: Option<u64>,
}

/// An event of any type.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnyEvent {
    /// Such as `AssessmentEvent`.
    pub event_type: String,
    /// The keys of the body; `eventType`, `customerId` and `links` are added where missing.
    #[serde(default)]
    pub body: serde_json::Map<String, Value>,
}

/// A merge of a person into another one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    /// The profile that stays.
    pub into: u64,
}

/// The profile that a call created or changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the name says it")]
pub struct ProfileId {
    pub id: u64,
}

/// A list node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Labeled {
    pub id: String,
    pub label: String,
}

/// What a recruiter sees when looking at a workflow.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RecruiterView {
    pub workflow: u64,
    /// The candidate's person id.
    pub person: Option<u64>,
    /// The candidate's name.
    pub candidate: Option<String>,
    pub job: Option<u64>,
    pub job_title: Option<String>,
    pub status: Labeled,
    /// Every status so far, oldest first.
    pub history: Vec<HistoryLine>,
    /// The rows of the Screen tab.
    pub results: Vec<ResultRow>,
    pub files: Vec<AttachedFile>,
    /// The events sent about this workflow and what the recruiter got to see of their responses, oldest first.
    pub pushes: Vec<PushRecord>,
}

/// One line of the status history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct HistoryLine {
    pub status: Labeled,
    /// When, as iCIMS writes it (UTC).
    pub at: String,
    /// The person id of the acting user.
    pub by: u64,
}

/// One row of the assessment results.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ResultRow {
    /// The entry's number.
    pub entry: u64,
    pub name: Option<String>,
    /// The label of the assessment status.
    pub status: Option<String>,
    pub date: Option<String>,
    pub score: Option<f64>,
    pub result: Option<String>,
    pub notes: Option<String>,
    pub url: Option<String>,
}

/// A file on a profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct AttachedFile {
    /// The field that holds it.
    pub field: String,
    pub filename: String,
    pub content_type: String,
    /// Its size in bytes.
    pub size: usize,
}

/// The calls of a customer's day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Calls allowed per UTC day.
    pub limit: u64,
    /// Calls used today.
    pub used: u64,
}

/// A reference request as Crosschq's own people see it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RequestView {
    pub org: String,
    pub id: String,
    /// Counts the organization's requests from 1.
    pub number: u64,
    pub state: State,
    pub past_due: bool,
    /// The caller's own id for it.
    pub external_id: Option<String>,
    pub candidate_email: String,
    /// The codename of its survey.
    pub jobrole: String,
    /// The reason given in the API call that cancelled it.
    pub cancel_reason: Option<String>,
    /// The body of the create call, as it was kept.
    pub order: Value,
    /// The body that a GET returns now.
    pub response: Value,
}

/// Which held callbacks to release, and in which order.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Release {
    /// Their numbers in the order to send; all that are held, oldest first, when absent.
    pub numbers: Option<Vec<u64>>,
    /// Send them in the opposite order.
    pub reverse: bool,
}

/// A change of the clock.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClockChange {
    /// Milliseconds to go forward.
    pub advance_ms: i64,
    /// `true` stops the clock where it is, `false` lets it run on from there.
    pub freeze: Option<bool>,
}

/// The time on the virtual clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockReading {
    /// Milliseconds since the epoch.
    pub now_ms: i64,
    /// The same in RFC 3339.
    pub now: String,
    /// Whether it stands still.
    pub frozen: bool,
}

/// Which calls to return from the log.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallFilter {
    /// Only this HTTP method.
    pub method: Option<String>,
    /// Only paths that match this pattern; `*` stands for any characters.
    pub path: Option<String>,
}

/// The calls that match a filter.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Calls {
    /// How many there are.
    pub count: usize,
    /// How many of them were in progress at one moment at most.
    pub peak_in_flight: usize,
    /// The calls, oldest first.
    pub requests: Vec<LoggedRequest>,
}
