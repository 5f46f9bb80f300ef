//! The outcome of a push, and what the recruiter sees of it in iCIMS.

use serde::{Deserialize, Serialize};

/// One attempt to deliver one event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PushRecord {
    /// Counts the customer's attempts from 1.
    pub number: u64,
    /// When it was sent, in milliseconds since the epoch on the virtual clock.
    pub at_ms: i64,
    /// The event's type, such as `WorkFlowStatusChangeEvent`.
    pub event_type: String,
    /// The workflow it was about, if it was about one.
    pub workflow: Option<u64>,
    /// The new status in the event, as the platform has it (with its prefix).
    pub new_status: Option<String>,
    /// 1 for the first attempt, more for retries.
    pub attempt: u32,
    /// The HTTP status of the response.
    pub status: Option<u16>,
    /// Where a 303 points.
    pub location: Option<String>,
    /// `error.userMessage` as it came.
    pub user_message: Option<String>,
    /// `error.debugErrorMessage`.
    pub debug_message: Option<String>,
    /// Lost on purpose (`push.drop_next`): it was never sent.
    pub lost: bool,
    /// Why there was no response.
    pub failure: Option<String>,
    /// How long the response took, in milliseconds.
    pub duration_ms: u64,
    /// What appears on the recruiter's screen: nothing after a 2xx, the vendor's message with the platform's own
    /// field labels in it after a 400, a link after a 303, a general regret after anything else.
    pub recruiter_sees: Option<String>,
}

impl PushRecord {
    /// Whether the vendor took the event.
    #[must_use]
    pub fn accepted(&self) -> bool {
        self.status.is_some_and(|s| (200..300).contains(&s) || s == 303)
    }
}
