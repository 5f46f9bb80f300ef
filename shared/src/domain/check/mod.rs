//! The reference check: one attempt for one recruiting workflow, and everything that may happen to it.
//!
//! Every method is a pure transition. What a check has come to (its phase, its cancellation, its duplicates) changes only
//! together with an entry in its history: see `life.rs`. The store writes the result on the condition that nobody else
//! wrote since it was loaded ([`Check::version`]).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    AtsTag, CancelReason, History, HistoryEvent, PersonId, ReferenceOrder, Refusal, Rejection, RequestId,
    RequisitionId, Stamp, State, Timestamp,
};
use life::{Life, Recorded};

mod cancel;
mod cancellation;
mod create;
mod due;
mod follow;
mod key;
mod life;
mod phase;
mod sync;
mod write;

pub use cancellation::CancelState;
pub use create::{CreateCount, CreateStep, RecognizedBy};
pub use key::CheckKey;
pub use phase::{
    CreateOutcome, Creating, End, Fingerprint, FollowedRequest, Lease, OpenStage, Phase, Presence, RequestAnswers,
};
pub use sync::{Attachment, IcimsSync, Row, StatusMove};
pub use write::StatusOutcome;

/// How many creates may have left for Crosschq, and when the last one did. Each is counted by a write of its own right
/// before it leaves: whoever dies before that write has sent nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateLedger {
    /// Creates that may have left: 0, 1 or 2. Never a third.
    pub begun: u8,
    /// When the last one was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
}

/// What is known when an order is claimed.
#[derive(Debug, Clone)]
pub struct NewCheck<'a> {
    pub key: CheckKey,
    pub order: &'a ReferenceOrder,
    /// Attempts of the workflow that were ordered by hand, this one included.
    pub manual_orders: u32,
    /// Whether it could not be read yet that the workflow was ordered anew.
    pub repeat_unconfirmed: bool,
}

fn is_zero<T: Default + PartialEq>(number: &T) -> bool {
    *number == T::default()
}

/// What a check is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requisition: Option<RequisitionId>,
    /// The ATS user who ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting_user: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<AtsTag>,
    /// It was claimed after an earlier attempt had ended, and whether it was ordered anew could not be read yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeat_unconfirmed: bool,
    /// How many of the workflow's attempts up to this one were ordered by hand, so that no event stands behind them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub manual_orders: u32,
}

/// When a check did what, and when it is looked at again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// When the order was claimed.
    pub created_at: Timestamp,
    /// The time of the last entry of the history.
    pub updated_at: Timestamp,
    /// Since when it is in its state.
    pub state_since: Timestamp,
    /// When to look again if nothing else happens; absent once there is nothing left to look for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// How often in a row what the schedule wanted done for it has failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failures: u8,
}

/// One attempt for one workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    #[serde(flatten)]
    pub key: CheckKey,
    /// Counts the writes; the store writes version n+1 only over version n.
    pub version: u64,
    #[serde(flatten)]
    pub subject: Subject,
    /// Dates, and when the schedule comes by.
    #[serde(flatten)]
    pub timing: Timing,
    /// How many creates may have left.
    #[serde(default)]
    pub creates: CreateLedger,
    /// What iCIMS shows of it.
    #[serde(default)]
    pub sync: IcimsSync,
    #[serde(flatten)]
    life: Recorded,
}

impl Check {
    /// The names of all that is stored of a check, whether or not this one has it: what else a record holds is a later
    /// release's.
    pub const ATTRIBUTES: [&str; 21] = [
        "customer",
        "workflow",
        "attempt",
        "version",
        "person",
        "requisition",
        "acting_user",
        "template",
        "repeat_unconfirmed",
        "manual_orders",
        "created_at",
        "updated_at",
        "state_since",
        "due_at",
        "failures",
        "creates",
        "sync",
        "phase",
        "cancel",
        "duplicates",
        "history",
    ];

    /// How long after a create began Crosschq certainly finished with it, so that a look-up proves something.
    pub const SETTLE: Duration = Duration::from_secs(30);
    /// How long an unknown outcome waits for a callback before a person has to look (docs/vendors/crosschq.md §9.4).
    pub const ADOPTION_WINDOW: Duration = Duration::from_secs(24 * 3600);
    /// How long an open request may be silent before we ask (docs/vendors/crosschq.md §9.6).
    pub const POLL_EVERY: Duration = Duration::from_secs(6 * 3600);
    /// How soon an unfinished step is looked at again by the schedule.
    pub const STEP_DUE: Duration = Duration::from_secs(10 * 60);
    /// How soon the schedule looks at a step that failed and whose record is deferred: later than the record itself comes
    /// back, else each outage would multiply the records.
    pub const RETRY_DUE: Duration = Duration::from_secs(30 * 60);
    /// How soon what is missing is looked for again.
    pub const MISSING_AGAIN: Duration = Duration::from_secs(3600);
    /// How soon a refused cancel is tried again.
    pub const CANCEL_AGAIN: Duration = Duration::from_secs(6 * 3600);

    /// A fresh claim. No create is counted yet.
    pub fn claim(new: NewCheck<'_>, lease: Lease, stamp: &Stamp<'_>) -> Self {
        let creating = Creating { lease: Some(lease), outcome: CreateOutcome::Pending, fingerprint: None };
        let NewCheck { key, order, manual_orders, repeat_unconfirmed } = new;
        Self {
            key,
            version: 1,
            subject: Subject {
                person: order.person.clone(),
                requisition: order.requisition.clone(),
                acting_user: order.acting_user.clone(),
                template: None,
                repeat_unconfirmed,
                manual_orders,
            },
            timing: Timing {
                created_at: stamp.now,
                updated_at: stamp.now,
                state_since: stamp.now,
                due_at: Some(lease.until.after(Self::STEP_DUE)),
                failures: 0,
            },
            creates: CreateLedger::default(),
            sync: IcimsSync::default(),
            life: Recorded::begin(Phase::Creating(creating), HistoryEvent::Claimed, stamp),
        }
    }

    fn change(&mut self, event: HistoryEvent, stamp: &Stamp<'_>, change: impl FnOnce(&mut Life)) {
        let before = self.state();
        self.life.change(event, stamp, change);
        if self.state() != before {
            self.timing.state_since = stamp.now;
        }
        self.timing.updated_at = stamp.now;
    }

    fn note(&mut self, event: HistoryEvent, stamp: &Stamp<'_>) {
        self.change(event, stamp, |_| {});
    }

    /// How far it has come.
    pub fn phase(&self) -> &Phase {
        &self.life.phase
    }

    /// The word for its phase.
    pub fn state(&self) -> State {
        State::from(&self.life.phase)
    }

    /// Whether the check has ended.
    pub fn is_over(&self) -> bool {
        matches!(self.life.phase, Phase::Ended { .. })
    }

    /// Whether Crosschq holds its request, and that can still move.
    pub fn is_open(&self) -> bool {
        matches!(self.life.phase, Phase::Open { .. })
    }

    /// What is known while no request is.
    pub fn creating(&self) -> Option<&Creating> {
        match &self.life.phase {
            Phase::Creating(creating) => Some(creating),
            Phase::Open { .. } | Phase::Ended { .. } => None,
        }
    }

    /// The delivery that carries the order out.
    pub fn lease(&self) -> Option<Lease> {
        self.creating().and_then(|creating| creating.lease)
    }

    /// What the last create said of its candidate, while its outcome is open.
    pub fn fingerprint(&self) -> Option<&Fingerprint> {
        self.creating().and_then(|creating| creating.fingerprint.as_ref())
    }

    /// The id of the request that it follows.
    pub fn request(&self) -> Option<&RequestId> {
        self.life.phase.request().map(|request| &request.id)
    }

    /// What Crosschq last answered about that request.
    pub fn answers(&self) -> RequestAnswers {
        self.life.phase.request().map(|request| request.answers.clone()).unwrap_or_default()
    }

    /// Further requests at Crosschq for the same order, which nobody follows: a person has to cancel them.
    pub fn duplicates(&self) -> &[RequestId] {
        &self.life.duplicates
    }

    /// Why the order could not be carried out.
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.life.phase {
            Phase::Ended { end: End::Refused(refusal), .. } => Some(refusal),
            _ => None,
        }
    }

    /// How far its cancellation has come.
    pub fn cancel(&self) -> &CancelState {
        &self.life.cancel
    }

    /// Why it is, or was, to be cancelled.
    pub fn cancel_reason(&self) -> Option<CancelReason> {
        self.life.cancel.reason()
    }

    /// A rejection that was reported and is not confirmed.
    pub fn rejection(&self) -> Option<&Rejection> {
        match &self.life.cancel {
            CancelState::Reported(rejection) => Some(rejection),
            _ => None,
        }
    }

    /// Whether it ended as cancelled while Crosschq may hold its request open.
    pub fn is_cancel_unconfirmed(&self) -> bool {
        matches!(self.life.cancel, CancelState::Unconfirmed(_))
    }

    /// What happened, oldest first.
    pub fn history(&self) -> &History {
        self.life.history()
    }

    /// The check without its history, which no decision reads: for comparing what is decided on.
    #[must_use]
    pub fn without_history(mut self) -> Self {
        self.life.forget_history();
        self
    }

    /// Our own id for the request at Crosschq, the same in every try (docs/vendors/crosschq.md §9.2). It ends in the
    /// moment of the claim: attempt numbers begin again once a workflow's checks were erased or have expired, and the
    /// id of an earlier check must not come again.
    pub fn external_id(&self) -> String {
        self.key.external_id(self.timing.created_at)
    }

    /// Whether an update may have something to write to the ATS.
    pub fn needs_sync(&self) -> bool {
        self.timing.due_at.is_some() && self.sync.digest.is_none()
    }

    /// When the record may be forgotten: `retention_days` after its last change, once it is over.
    pub fn expires_at(&self, retention_days: u16) -> Option<Timestamp> {
        let kept = Duration::from_secs(u64::from(retention_days) * 86_400);
        (self.is_over() && self.timing.due_at.is_none()).then(|| self.timing.updated_at.after(kept))
    }
}

#[cfg(test)]
mod tests;
