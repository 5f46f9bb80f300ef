//! The workflow statuses that mean something to us, and those that we write.

use serde::{Deserialize, Serialize};

use super::problem::SettingsError;
use crate::domain::{State, StatusId};

/// Which statuses mean something to us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusSets {
    /// The *Crosschq* status: orders references.
    pub trigger: Vec<StatusId>,
    /// Rejections: cancel the open request.
    #[serde(default)]
    pub rejected: Vec<StatusId>,
    /// Withdrawals: cancel the open request.
    #[serde(default)]
    pub withdrawn: Vec<StatusId>,
}

/// The workflow status to move to at a stage; only configured stages move (docs/vendors/icims.md §4.2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StageStatuses {
    /// The request went out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested: Option<StatusId>,
    /// The candidate works on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_in_progress: Option<StatusId>,
    /// Referees are asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaiting_references: Option<StatusId>,
    /// The first answer is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_progress: Option<StatusId>,
    /// Finished: *Complete*.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed: Option<StatusId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declined: Option<StatusId>,
    /// Nobody acted in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expired: Option<StatusId>,
    /// It could not be carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<StatusId>,
}

impl StageStatuses {
    /// The status to move to in a state, if the customer wants to be moved. A cancelled check never moves: the
    /// recruiter has already put the candidate where they belong.
    pub fn of(&self, state: State) -> Option<&StatusId> {
        match state {
            State::Requested => self.requested.as_ref(),
            State::CandidateInProgress => self.candidate_in_progress.as_ref(),
            State::AwaitingReferences => self.awaiting_references.as_ref(),
            State::InProgress => self.in_progress.as_ref(),
            State::Completed => self.completed.as_ref(),
            State::Declined => self.declined.as_ref(),
            State::Expired => self.expired.as_ref(),
            State::Failed => self.failed.as_ref(),
            State::Claimed | State::OutcomeUnknown | State::Cancelled => None,
        }
    }

    /// Whether we may write this status.
    pub fn contains(&self, status: &StatusId) -> bool {
        self.all().any(|(_, known)| known.may_be(status))
    }

    /// Every status that we may write, with the name of its stage.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &StatusId)> {
        [
            ("requested", &self.requested),
            ("candidate_in_progress", &self.candidate_in_progress),
            ("awaiting_references", &self.awaiting_references),
            ("in_progress", &self.in_progress),
            ("completed", &self.completed),
            ("declined", &self.declined),
            ("expired", &self.expired),
            ("failed", &self.failed),
        ]
        .into_iter()
        .filter_map(|(stage, status)| status.as_ref().map(|status| (stage, status)))
    }
}

/// What cannot work with these statuses together.
pub(super) fn problems(sets: &StatusSets, stages: &StageStatuses) -> Vec<SettingsError> {
    let mut problems = Vec::new();
    if sets.trigger.is_empty() {
        problems.push(SettingsError::new("icims.statuses.trigger", "name the id of the Crosschq status"));
    }
    for ended in sets.rejected.iter().chain(&sets.withdrawn) {
        if sets.trigger.iter().any(|trigger| trigger.may_be(ended)) {
            problems.push(SettingsError::new("icims.statuses", format!("{ended} cannot both order and cancel")));
        }
    }
    for (stage, status) in stages.all() {
        if sets.trigger.iter().chain(&sets.rejected).chain(&sets.withdrawn).any(|set| set.may_be(status)) {
            problems.push(SettingsError::new(
                format!("icims.stage_statuses.{stage}"),
                format!("{status} also orders or cancels: writing it would call us back in a loop"),
            ));
        }
    }
    problems
}
