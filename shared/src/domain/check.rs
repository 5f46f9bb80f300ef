//! The reference check: one attempt for one recruiting workflow, and everything that may happen to it.
//!
//! Every method is a pure transition; it appends to the history what it did. The store writes the result on the
//! condition that nobody else wrote since it was loaded ([`Check::version`]).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Actor, AtsTag, CorrelationId, CustomerId, Digest, Entry, EntryId, PersonId, ReferenceOrder, ReferenceRequest,
    Refusal, RequestId, RequisitionId, Stage, StatusId, Timestamp, What, WorkflowId,
};

/// Which check: the n-th attempt for one workflow of one customer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CheckKey {
    /// Whose.
    pub customer: CustomerId,
    /// The recruiting workflow.
    pub workflow: WorkflowId,
    /// 1 for the first order, one more each time a recruiter orders again after an end.
    pub attempt: u32,
}

impl CheckKey {
    /// Our own id for the request at Crosschq of the check that was claimed then.
    pub fn external_id(&self, claimed_at: Timestamp) -> String {
        let Self { customer, workflow, attempt } = self;
        format!("icims:{customer}:{workflow}:{attempt}:{:x}", claimed_at.ms())
    }

    /// The check of a customer that an external id names. Whether it is the very check that sent the id, and not an
    /// earlier one of the same number, [`Check::external_id`] decides.
    pub fn of_external_id(customer: &CustomerId, external_id: &str) -> Option<Self> {
        let ours = external_id.strip_prefix("icims:")?.strip_prefix(customer.as_str())?.strip_prefix(':')?;
        let (ours, _claimed_at) = ours.rsplit_once(':')?;
        let (workflow, attempt) = ours.rsplit_once(':')?;
        let workflow = WorkflowId::parse(workflow).ok()?;
        Some(Self { customer: customer.clone(), workflow, attempt: attempt.parse().ok()? })
    }
}

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
    /// Referees are asked; none has answered.
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
    /// Whether nothing more is to come.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::Declined | Self::Expired | Self::Failed)
    }

    /// Whether Crosschq holds a request that can still move.
    pub fn is_open_at_crosschq(self) -> bool {
        matches!(self, Self::Requested | Self::CandidateInProgress | Self::AwaitingReferences | Self::InProgress)
    }

    fn of(stage: Stage) -> Self {
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

/// Why a check is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// The recruiter rejected the candidate.
    Rejected,
    /// The candidate withdrew.
    Withdrawn,
    /// An operator asked for it.
    Operator,
    /// The workflow is gone from the ATS.
    WorkflowGone,
}

/// Somebody works on a side effect that must not run twice; until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// After this moment the worker is dead, and what it did is unknown.
    pub until: Timestamp,
}

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

/// What a create said of its candidate and position, as keyed hashes: kept while the create's outcome is open, so that
/// its request can be recognized without keeping, or reading again, whom it is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Of the candidate's e-mail address.
    pub address: String,
    /// Of the position.
    pub position: String,
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

/// The check's row on the Screen tab.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// Never written.
    #[default]
    Absent,
    /// Its creation was begun; whether it exists must be looked up.
    Intended,
    /// It exists.
    Entry(EntryId),
}

/// What is known when an order is claimed.
#[derive(Debug, Clone)]
pub struct NewCheck<'a> {
    /// Which check.
    pub key: CheckKey,
    /// The order.
    pub order: &'a ReferenceOrder,
    /// Attempts of the workflow that were ordered by hand, this one included.
    pub manual_orders: u32,
    /// The event behind it.
    pub correlation_id: &'a CorrelationId,
}

/// What the requester has to do with a check it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateStep {
    /// Nothing ever left: post.
    Post,
    /// Something may have left: ask Crosschq first, not before `not_before`.
    LookUp {
        /// The moment from which a look-up proves something.
        not_before: Timestamp,
    },
    /// Something may have left and Crosschq offers no look-up: post once more with the same idempotency key.
    Repeat {
        /// The moment from which the first create is certainly over.
        not_before: Timestamp,
    },
    /// Both creates may have left: only a callback can tell.
    AwaitCallback {
        /// When to give up and call for a person.
        until: Timestamp,
    },
    /// Another worker holds the lease.
    Busy {
        /// Until when.
        until: Timestamp,
    },
    /// Crosschq holds the request.
    Done,
    /// The check has ended.
    Over,
}

/// What became of the report PDF.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// When Crosschq had last changed the request whose PDF this was; a later change may be a report issued again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// The SHA-256 of the PDF, shortened; absent where none could be attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

fn is_zero<T: Default + PartialEq>(number: &T) -> bool {
    *number == T::default()
}

/// One attempt for one workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Which check.
    #[serde(flatten)]
    pub key: CheckKey,
    /// Counts the writes; the store writes version n+1 only over version n.
    pub version: u64,
    /// Where it stands.
    pub state: State,
    /// Since when it stands there.
    pub state_since: Timestamp,
    /// When the order was claimed.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// When to look again if nothing else happens; absent once there is nothing left to look for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// The candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The requisition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requisition: Option<RequisitionId>,
    /// The ATS user who ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting_user: Option<PersonId>,
    /// The template that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<AtsTag>,
    /// Who creates, until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// How many creates may have left.
    #[serde(default)]
    pub create: CreateLedger,
    /// What the last create said of its candidate, while its outcome is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// Crosschq's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// When Crosschq last changed what we last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_updated_at: Option<Timestamp>,
    /// Since when Crosschq answers 404 for the request. One such answer proves nothing: see [`Check::MISSING_FOR`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_missing_since: Option<Timestamp>,
    /// Crosschq's 404s were believed. A later answer lifts that again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub request_gone: bool,
    /// Further requests at Crosschq for the same order, which nobody follows: a person has to cancel them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<RequestId>,
    /// That and why it is to be cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<CancelReason>,
    /// A rejection or withdrawal was reported, and the ATS has not confirmed it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejection>,
    /// When Crosschq last refused to cancel the request, which is still open there as far as we know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_refused_at: Option<Timestamp>,
    /// Cancelled for us, while Crosschq could not be told.
    #[serde(default)]
    pub cancel_unconfirmed: bool,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Its row on the Screen tab.
    #[serde(default)]
    pub row: Row,
    /// Who writes to iCIMS, until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub showing: Option<Lease>,
    /// What the row shows, as far as we know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Digest>,
    /// The status we last moved the workflow to, or decided not to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<StatusId>,
    /// The status that a move of ours is meant to reach, until what became of it is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moving_to: Option<StatusId>,
    /// When we last moved the workflow, or began to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_at: Option<Timestamp>,
    /// The report PDF that was attached, or cannot be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
    /// Crosschq completed it more than a day ago and has given no report since: a person has to look.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub report_overdue: bool,
    /// Since when the ATS answers 404 for the workflow. One such answer proves nothing: see [`Check::MISSING_FOR`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_missing_since: Option<Timestamp>,
    /// The ATS' 404s were believed. A later answer lifts that again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub workflow_gone: bool,
    /// It was claimed after an earlier attempt had ended, and whether it was ordered anew could not be read yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeat_unconfirmed: bool,
    /// How many of the workflow's attempts up to this one were ordered by hand, so that no event stands behind them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub manual_orders: u32,
    /// How often in a row what the schedule wanted done for it has failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failures: u8,
    /// What happened, oldest first.
    pub history: Vec<Entry>,
}

impl Check {
    /// How long after a create began Crosschq certainly finished with it, so that a look-up proves something.
    pub const SETTLE: Duration = Duration::from_secs(30);
    /// How long an unknown outcome waits for a callback before a person has to look (docs/vendors/crosschq.md §9.4).
    pub const ADOPTION_WINDOW: Duration = Duration::from_secs(24 * 3600);
    /// How long an open request may be silent before we ask (docs/vendors/crosschq.md §9.6).
    pub const POLL_EVERY: Duration = Duration::from_secs(6 * 3600);
    /// How soon an unfinished step is looked at again by the schedule.
    pub const STEP_DUE: Duration = Duration::from_secs(10 * 60);
    /// How soon the schedule looks at a step that failed and whose record is put off: later than the record itself comes
    /// back, else each outage would multiply the records.
    pub const RETRY_DUE: Duration = Duration::from_secs(30 * 60);
    /// Entries of history kept in full; beyond it the middle is thinned.
    pub const HISTORY_MAX: usize = 200;

    /// How long a vendor has to answer 404 before that is believed: it also means "no permission", and permissions are
    /// changed, and keys mixed up, for hours.
    pub const MISSING_FOR: Duration = Duration::from_secs(6 * 3600);
    /// How soon what is missing is looked for again.
    pub const MISSING_AGAIN: Duration = Duration::from_secs(3600);
    /// How soon a refused cancel is tried again.
    pub const CANCEL_AGAIN: Duration = Duration::from_secs(6 * 3600);

    /// A fresh claim under a lease until `lease_until`. No create is counted yet.
    pub fn claim(new: NewCheck<'_>, lease_until: Timestamp, now: Timestamp) -> Self {
        let mut check = Self {
            key: new.key,
            version: 1,
            state: State::Claimed,
            state_since: now,
            created_at: now,
            updated_at: now,
            due_at: Some(lease_until.after(Self::STEP_DUE)),
            person: new.order.person.clone(),
            requisition: new.order.requisition.clone(),
            acting_user: new.order.acting_user.clone(),
            template: None,
            lease: Some(Lease { until: lease_until }),
            create: CreateLedger::default(),
            fingerprint: None,
            request: None,
            request_updated_at: None,
            request_missing_since: None,
            request_gone: false,
            duplicates: Vec::new(),
            cancel: None,
            rejection: None,
            cancel_refused_at: None,
            cancel_unconfirmed: false,
            refusal: None,
            row: Row::Absent,
            showing: None,
            shown: None,
            moved_to: None,
            moving_to: None,
            moved_at: None,
            attachment: None,
            report_overdue: false,
            workflow_missing_since: None,
            workflow_gone: false,
            repeat_unconfirmed: false,
            manual_orders: new.manual_orders,
            failures: 0,
            history: Vec::new(),
        };
        check.note(Actor::Requester, What::Claimed, new.correlation_id, now);
        check
    }

    fn enter(&mut self, state: State, now: Timestamp) {
        if self.state != state {
            self.state = state;
            self.state_since = now;
        }
    }

    /// Whether the check has ended.
    pub fn is_over(&self) -> bool {
        self.state.is_terminal()
    }

    /// Our own id for the request at Crosschq, the same in every try (docs/vendors/crosschq.md §9.2). It ends in the
    /// moment of the claim: attempt numbers begin again once a workflow's checks were erased or have expired, and the
    /// id of an earlier check must not come again.
    pub fn external_id(&self) -> String {
        self.key.external_id(self.created_at)
    }

    /// Crosschq holds the request. Keeps a wish to cancel that came meanwhile: the caller has to follow it.
    pub fn requested(
        &mut self,
        request: RequestId,
        by: Actor,
        what: What,
        correlation_id: &CorrelationId,
        now: Timestamp,
    ) {
        self.enter(State::Requested, now);
        self.request = Some(request);
        (self.lease, self.fingerprint) = (None, None);
        // Until the row is shown, the schedule sees to it that it will be.
        self.due_at = Some(now.after(Self::STEP_DUE));
        self.note(by, what, correlation_id, now);
    }

    /// The order cannot be carried out.
    pub fn refuse(&mut self, refusal: Refusal, by: Actor, correlation_id: &CorrelationId, now: Timestamp) {
        self.enter(State::Failed, now);
        self.refusal = Some(refusal.clone());
        (self.lease, self.fingerprint) = (None, None);
        self.due_at = Some(now.after(Self::STEP_DUE));
        self.note(by, What::Refused { refusal }, correlation_id, now);
    }

    /// Whether a request that bears this check's external id is one that it does not and will not follow.
    pub fn is_duplicate(&self, request: &RequestId) -> bool {
        self.request.as_ref().map_or(self.is_over(), |followed| followed != request)
    }

    /// Records a duplicate, once.
    pub fn record_duplicate(&mut self, request: &RequestId, by: Actor, correlation_id: &CorrelationId, now: Timestamp) {
        if self.is_duplicate(request) && !self.duplicates.contains(request) {
            self.duplicates.push(request.clone());
            self.note(by, What::SecondRequest { request: request.clone() }, correlation_id, now);
        }
    }

    /// Takes over what Crosschq tells. Older news than what is known is ignored; a terminal state is left only for
    /// `Cancelled → Requested` when somebody re-opened the request in Crosschq (docs/vendors/crosschq.md §3.3), never
    /// against a rejection; and where the request had been taken for gone. Returns whether anything changed.
    pub fn observe(
        &mut self,
        seen: &ReferenceRequest,
        by: Actor,
        correlation_id: &CorrelationId,
        now: Timestamp,
    ) -> bool {
        if let (Some(known), Some(told)) = (self.request_updated_at, seen.updated_at)
            && told < known
        {
            return false;
        }
        let (from, to) = (self.state, State::of(seen.stage));
        let lifted = std::mem::take(&mut self.request_gone);
        let was_missing = self.request_missing_since.take().is_some();
        let reopened = from == State::Cancelled && !to.is_terminal() && self.cancel.is_none();
        if from.is_terminal() && !reopened && !lifted {
            return was_missing;
        }
        let newer = seen.updated_at.is_some() && seen.updated_at != self.request_updated_at;
        self.request_updated_at = seen.updated_at.or(self.request_updated_at);
        if from == to {
            return newer || was_missing;
        }
        self.enter(to, now);
        self.note(by, if reopened { What::Reopened } else { What::Moved { from, to } }, correlation_id, now);
        true
    }

    /// Whether an update may have something to write to the ATS.
    pub fn needs_sync(&self) -> bool {
        self.due_at.is_some() && self.shown.is_none()
    }

    /// When the record may be forgotten: `retention_days` after its last change, once it is over.
    pub fn expires_at(&self, retention_days: u16) -> Option<Timestamp> {
        let days = u64::from(retention_days);
        (self.is_over() && self.due_at.is_none()).then(|| self.updated_at.after(Duration::from_secs(days * 86_400)))
    }
}

mod cancel;
mod create;
mod due;
mod missing;
mod note;
#[cfg(test)]
mod tests;
