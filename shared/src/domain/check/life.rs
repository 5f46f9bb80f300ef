//! The one door: what a check has come to changes together with the entry of its history, or not at all.

use serde::{Deserialize, Serialize};

use super::cancellation::CancelState;
use super::phase::{Phase, RequestAnswers};
use crate::domain::{History, HistoryEvent, RequestId, Stamp};

/// What a check has come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Life {
    pub(super) phase: Phase,
    #[serde(default, skip_serializing_if = "CancelState::is_none")]
    pub(super) cancel: CancelState,
    /// Further requests at Crosschq for the same order, which nobody follows: a person has to cancel them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) duplicates: Vec<RequestId>,
}

/// A life with its history. Outside of this file it can only be read, and changed through [`Recorded::change`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Recorded {
    #[serde(flatten)]
    life: Life,
    history: History,
}

impl std::ops::Deref for Recorded {
    type Target = Life;

    fn deref(&self) -> &Life {
        &self.life
    }
}

impl Recorded {
    pub(super) fn begin(phase: Phase, event: HistoryEvent, stamp: &Stamp<'_>) -> Self {
        let life = Life { phase, cancel: CancelState::None, duplicates: Vec::new() };
        let mut recorded = Self { life, history: History::default() };
        recorded.history.append(event, stamp);
        recorded
    }

    pub(super) fn history(&self) -> &History {
        &self.history
    }

    /// Changes the life and writes down what happened.
    pub(super) fn change(&mut self, event: HistoryEvent, stamp: &Stamp<'_>, change: impl FnOnce(&mut Life)) {
        change(&mut self.life);
        self.history.append(event, stamp);
    }

    /// What Crosschq last answered about the request: no event by itself.
    pub(super) fn answers_mut(&mut self) -> Option<&mut RequestAnswers> {
        self.life.phase.request_mut().map(|request| &mut request.answers)
    }

    /// A lease that its holder no longer needs ends: no event by itself.
    pub(super) fn end_lease(&mut self) {
        if let Phase::Creating(creating) = &mut self.life.phase {
            creating.lease = None;
        }
    }

    pub(super) fn forget_history(&mut self) {
        self.history = History::default();
    }
}
