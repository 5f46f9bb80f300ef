//! What goes over the control plane, for callers in Rust.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::crosschq::request_state::State;
use crate::push::record::PushRecord;

/// A recruiter's move of a workflow.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advance {
    /// The status to move to: its id or its label.
    pub status: String,
    /// The person id of whoever does it; the job's recruiter when absent, else the API user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<u64>,
}

/// A move of many workflows at once, which sends one event for each in a burst.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdvanceMany {
    /// Which.
    pub workflows: Vec<u64>,
    /// The status to move to: its id or its label.
    pub status: String,
    /// The person id of whoever does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<u64>,
}

/// What a move led to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Advanced {
    /// The workflow.
    pub workflow: u64,
    /// The id of the status before.
    pub old_status: String,
    /// The id of the status now (the old one again, where a refusal reverts it).
    pub status: String,
    /// Every attempt to tell the vendor; empty when the customer does not subscribe to the new status.
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
    /// The status told as new; the present one when absent.
    pub new_status: Option<String>,
    /// The status told as old.
    pub old_status: Option<String>,
    /// Who is told to have done it.
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

/// The person that another one is merged into.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    /// The profile that stays.
    pub into: u64,
}

/// A list node with its text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labelled {
    /// The node's id.
    pub id: String,
    /// Its text.
    pub label: String,
}

/// What a recruiter sees when looking at a workflow.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecruiterView {
    /// The workflow's id.
    pub workflow: u64,
    /// The candidate's person id.
    pub person: Option<u64>,
    /// The candidate's name.
    pub candidate: Option<String>,
    /// The job's id.
    pub job: Option<u64>,
    /// The job's title.
    pub job_title: Option<String>,
    /// The present status.
    pub status: Labelled,
    /// Every status so far, oldest first.
    pub history: Vec<HistoryLine>,
    /// The rows of the Screen tab.
    pub results: Vec<ResultRow>,
    /// The files on the workflow.
    pub files: Vec<AttachedFile>,
    /// The events sent about this workflow and what the recruiter got to see of their answers, oldest first.
    pub pushes: Vec<PushRecord>,
}

/// One line of the status history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// The status.
    pub status: Labelled,
    /// When, as iCIMS writes it (UTC).
    pub at: String,
    /// The person id of whoever did it.
    pub by: u64,
}

/// One row of the assessment results.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResultRow {
    /// The entry's number.
    pub entry: u64,
    /// Assessment name.
    pub name: Option<String>,
    /// Assessment status, its label.
    pub status: Option<String>,
    /// Assessment date.
    pub date: Option<String>,
    /// Score.
    pub score: Option<f64>,
    /// Result text.
    pub result: Option<String>,
    /// Notes.
    pub notes: Option<String>,
    /// The link.
    pub url: Option<String>,
}

/// A file on a profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedFile {
    /// The field that holds it.
    pub field: String,
    /// Its name.
    pub filename: String,
    /// Its content type.
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
pub struct RequestView {
    /// Its organisation.
    pub org: String,
    /// Its id.
    pub id: String,
    /// Counts the organisation's requests from 1.
    pub number: u64,
    /// Where it is in its life.
    pub state: State,
    /// Whether somebody is late.
    pub past_due: bool,
    /// The caller's own id for it.
    pub external_id: Option<String>,
    /// The candidate's e-mail address.
    pub candidate_email: String,
    /// Its survey.
    pub jobrole: String,
    /// Why it was cancelled, as the API call said.
    pub cancel_reason: Option<String>,
    /// The body of the create call, as it was kept.
    pub order: Value,
    /// What a GET answers now.
    pub told: Value,
}

/// Which held callbacks to let go, and in which order.
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

/// What the clock says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockReading {
    /// Milliseconds since the epoch.
    pub now_ms: i64,
    /// The same in RFC 3339.
    pub now: String,
    /// Whether it stands still.
    pub frozen: bool,
}

/// The calls that match a question.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RequestCount {
    /// How many.
    pub count: usize,
    /// How many of them were in progress at one moment at most.
    pub peak_in_flight: usize,
    /// Which, oldest first.
    pub requests: Vec<crate::requests::LoggedRequest>,
}
