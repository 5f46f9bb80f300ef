//! The word for where a check stands: for the index, the command line and the log. Derived from its phase, never set.

use serde::{Deserialize, Serialize};

use super::Stage;

/// Where a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// An order was taken; the request has not been confirmed by Crosschq.
    Claimed,
    /// A create left and no answer came.
    OutcomeUnknown,
    /// Crosschq holds the request and has invited the candidate.
    Requested,
    /// The candidate works on it.
    CandidateInProgress,
    /// Referees were invited; none has answered.
    AwaitingReferences,
    /// At least one reference is in.
    InProgress,
    /// Done. Terminal.
    Completed,
    /// Stopped. Terminal, unless Crosschq re-opens it.
    Cancelled,
    /// The candidate declined. Terminal.
    Declined,
    /// Nobody acted in time. Terminal.
    Expired,
    /// It could not be carried out. Terminal.
    Failed,
}

impl State {
    /// Every state, in the order in which a check may reach them.
    pub const ALL: [Self; 11] = [
        Self::Claimed,
        Self::OutcomeUnknown,
        Self::Requested,
        Self::CandidateInProgress,
        Self::AwaitingReferences,
        Self::InProgress,
        Self::Completed,
        Self::Cancelled,
        Self::Declined,
        Self::Expired,
        Self::Failed,
    ];

    /// Whether nothing more is to come.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::Declined | Self::Expired | Self::Failed)
    }

    /// Whether Crosschq holds a request that can still move.
    pub fn is_open_at_crosschq(self) -> bool {
        matches!(self, Self::Requested | Self::CandidateInProgress | Self::AwaitingReferences | Self::InProgress)
    }

    /// The word that is stored, and that the command line takes and prints.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::Requested => "requested",
            Self::CandidateInProgress => "candidate_in_progress",
            Self::AwaitingReferences => "awaiting_references",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The state of a check that follows a request at this stage.
impl From<Stage> for State {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Requested => Self::Requested,
            Stage::CandidateInProgress => Self::CandidateInProgress,
            Stage::AwaitingReferences => Self::AwaitingReferences,
            Stage::InProgress => Self::InProgress,
            Stage::Completed => Self::Completed,
            Stage::Cancelled => Self::Cancelled,
            Stage::Declined => Self::Declined,
            Stage::Expired => Self::Expired,
            Stage::Failed => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_open_at_the_four_stages_before_an_end() {
        let open = [Stage::Requested, Stage::CandidateInProgress, Stage::AwaitingReferences, Stage::InProgress];
        let ended = [Stage::Completed, Stage::Cancelled, Stage::Declined, Stage::Expired, Stage::Failed];
        assert!(open.iter().all(|stage| stage.is_open() && State::from(*stage).is_open_at_crosschq()));
        assert!(ended.iter().all(|stage| !stage.is_open() && State::from(*stage).is_terminal()));
    }

    #[test]
    fn the_word_of_a_state_is_the_one_that_is_stored() {
        for state in [State::Claimed, State::OutcomeUnknown, State::CandidateInProgress, State::Failed] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }
}
