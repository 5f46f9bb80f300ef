//! The states of a request.

use serde::{Deserialize, Serialize};

/// Where a request is in its life (docs/vendors/crosschq.md §3.3). The words on the wire are the first of §9.5,
/// unless the organization's `status_words` says otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The candidate was invited.
    #[default]
    Requested,
    /// The candidate opened the invitation.
    CandidateInProgress,
    /// References were named, none has answered.
    AwaitingReferences,
    /// Some references have answered.
    InProgress,
    /// Not a state of its own, but sent as one: the candidate or a reference is late.
    PastDue,
    /// There is a report.
    Completed,
    /// Called off.
    Cancelled,
    /// The candidate refused.
    Declined,
    /// It took too long.
    Expired,
    /// Crosschq could not go on.
    Failed,
}

impl State {
    /// Whether nothing can happen to the request any more.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::Declined | Self::Expired | Self::Failed)
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::CandidateInProgress => "candidate_in_progress",
            Self::AwaitingReferences => "awaiting_references",
            Self::InProgress => "in_progress",
            Self::PastDue => "past_due",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }
}
