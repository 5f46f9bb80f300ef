//! Why a check is cancelled, and the rejection that an event reported.

use serde::{Deserialize, Serialize};

use super::{StatusId, Timestamp};

/// Why a check is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// The recruiter rejected the candidate.
    Rejected,
    /// The candidate withdrew.
    Withdrawn,
    /// An operator wants it cancelled.
    Operator,
    /// The workflow is gone from the ATS.
    WorkflowGone,
}

/// A rejection or withdrawal as an event reported it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rejection {
    /// The status that the workflow was moved to.
    pub status: StatusId,
    /// The status that it was moved from, if the event says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_status: Option<StatusId>,
    /// When the event came.
    pub received_at: Timestamp,
}
