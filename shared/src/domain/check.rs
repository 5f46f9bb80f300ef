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
    /// Our own id for the request at Crosschq, the same in every try (facts crosschq §9.2).
    pub fn external_id(&self) -> String {
        format!("icims:{}:{}:{}", self.customer, self.workflow, self.attempt)
    }

    /// The check of a customer that an external id names.
    pub fn of_external_id(customer: &CustomerId, external_id: &str) -> Option<Self> {
        let ours = external_id.strip_prefix("icims:")?.strip_prefix(customer.as_str())?.strip_prefix(':')?;
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

/// How many creates may have left for Crosschq, and when the last one did. Counted before they leave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateLedger {
    /// Creates that may have left: 0, 1 or 2. Never a third.
    pub begun: u8,
    /// When the last one was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
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
    /// Crosschq's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// When Crosschq last changed what we last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_updated_at: Option<Timestamp>,
    /// That and why it is to be cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<CancelReason>,
    /// A rejection or withdrawal was told, and the ATS could not be asked yet whether it holds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancel_told: bool,
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
    /// The report PDF is attached, or cannot be.
    #[serde(default)]
    pub attachment_settled: bool,
    /// The workflow is gone from the ATS: nothing can be shown any more.
    #[serde(default)]
    pub gone_from_ats: bool,
    /// What happened, oldest first.
    pub history: Vec<Entry>,
}

impl Check {
    /// How long after a create began Crosschq certainly finished with it, so that a look-up proves something.
    pub const SETTLE: Duration = Duration::from_secs(30);
    /// How long an unknown outcome waits for a callback before a person has to look (facts crosschq §9.4).
    pub const ADOPTION_WINDOW: Duration = Duration::from_secs(24 * 3600);
    /// How long an open request may be silent before we ask (facts crosschq §9.6).
    pub const POLL_EVERY: Duration = Duration::from_secs(6 * 3600);
    /// How soon an unfinished step is looked at again by the schedule.
    pub const STEP_DUE: Duration = Duration::from_secs(10 * 60);
    /// How soon the schedule looks at a step that failed and whose record is put off: later than the record itself comes
    /// back, else each outage would multiply the records.
    pub const RETRY_DUE: Duration = Duration::from_secs(30 * 60);
    /// Entries of history kept in full; beyond it the middle is thinned.
    pub const HISTORY_MAX: usize = 200;

    /// A fresh claim, with its first create about to leave under a lease until `lease_until`.
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
            create: CreateLedger { begun: 1, last_at: Some(now) },
            request: None,
            request_updated_at: None,
            cancel: None,
            cancel_told: false,
            cancel_unconfirmed: false,
            refusal: None,
            row: Row::Absent,
            showing: None,
            shown: None,
            moved_to: None,
            moving_to: None,
            attachment_settled: false,
            gone_from_ats: false,
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

    /// What the requester has to do, given whether Crosschq offers a look-up.
    pub fn next_create_step(&self, can_search: bool, now: Timestamp) -> CreateStep {
        if self.is_over() {
            return CreateStep::Over;
        }
        if self.state.is_open_at_crosschq() {
            return CreateStep::Done;
        }
        if let Some(lease) = self.lease
            && lease.until > now
        {
            return CreateStep::Busy { until: lease.until };
        }
        // A worker that vanished may have sent its create until the very end of its lease.
        let left_until = self.create.last_at.max(self.lease.map(|lease| lease.until));
        let settled = left_until.map_or(now, |at| at.after(Self::SETTLE));
        match (self.create.begun, can_search) {
            (0, _) => CreateStep::Post,
            (_, true) => CreateStep::LookUp { not_before: settled },
            // A repeat is safe while Crosschq remembers the first create, by its key or by an open request: not for ever.
            (1, false) if now < self.adoption_ends_at() => CreateStep::Repeat { not_before: settled },
            _ => CreateStep::AwaitCallback { until: self.adoption_ends_at() },
        }
    }

    /// Until when an unknown outcome waits for a callback: [`Check::ADOPTION_WINDOW`] after the last create.
    pub fn adoption_ends_at(&self) -> Timestamp {
        self.create.last_at.unwrap_or(self.created_at).after(Self::ADOPTION_WINDOW)
    }

    /// Takes the lease for a create that is about to leave.
    pub fn begin_create(&mut self, lease_until: Timestamp, correlation_id: &CorrelationId, now: Timestamp) {
        let what = match (self.create.begun, self.lease) {
            (0, _) => What::Claimed,
            _ => What::Repeated,
        };
        self.create = CreateLedger { begun: self.create.begun.saturating_add(1), last_at: Some(now) };
        self.lease = Some(Lease { until: lease_until });
        self.due_at = Some(lease_until.after(Self::STEP_DUE));
        self.note(Actor::Requester, what, correlation_id, now);
    }

    /// Takes the lease for a look-up; no create is counted.
    pub fn begin_look_up(&mut self, lease_until: Timestamp, correlation_id: &CorrelationId, now: Timestamp) {
        self.lease = Some(Lease { until: lease_until });
        self.due_at = Some(lease_until.after(Self::STEP_DUE));
        self.note(Actor::Requester, What::TakenOver, correlation_id, now);
    }

    /// Gives the claim back. `nothing_left` tells that the create counted last certainly did not leave for Crosschq.
    pub fn release(
        &mut self,
        nothing_left: bool,
        why: &str,
        retry_at: Timestamp,
        correlation_id: &CorrelationId,
        now: Timestamp,
    ) {
        self.create.begun = self.create.begun.saturating_sub(u8::from(nothing_left));
        self.lease = None;
        self.due_at = Some(retry_at.after(Self::RETRY_DUE));
        self.note(Actor::Requester, What::Released { why: why.to_owned() }, correlation_id, now);
    }

    /// A create left and no answer came.
    pub fn outcome_unknown(&mut self, correlation_id: &CorrelationId, now: Timestamp) {
        self.enter(State::OutcomeUnknown, now);
        // It left some time after it was begun: what the ATS was asked in between may have taken long.
        self.create.last_at = Some(now);
        self.lease = None;
        self.due_at = Some(now.after(Self::STEP_DUE));
        self.note(Actor::Requester, What::OutcomeUnknown, correlation_id, now);
    }

    /// Crosschq was asked and does not hold our request; the lease ends, and another create may follow if one is left.
    pub fn looked_up_in_vain(&mut self, correlation_id: &CorrelationId, now: Timestamp) {
        self.lease = None;
        self.note(Actor::Requester, What::LookedUp { found: false }, correlation_id, now);
    }

    /// Both creates may have left and nothing told which: wait for the callback until `until`.
    pub fn await_callback(&mut self, until: Timestamp, correlation_id: &CorrelationId, now: Timestamp) {
        self.lease = None;
        self.due_at = Some(until);
        if self.state != State::OutcomeUnknown {
            self.enter(State::OutcomeUnknown, now);
            self.note(Actor::Requester, What::OutcomeUnknown, correlation_id, now);
        }
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
        self.lease = None;
        // Until the row is shown, the schedule sees to it that it will be.
        self.due_at = Some(now.after(Self::STEP_DUE));
        self.note(by, what, correlation_id, now);
    }

    /// The order cannot be carried out.
    pub fn refuse(&mut self, refusal: Refusal, by: Actor, correlation_id: &CorrelationId, now: Timestamp) {
        self.enter(State::Failed, now);
        self.refusal = Some(refusal.clone());
        self.lease = None;
        self.due_at = Some(now.after(Self::STEP_DUE));
        self.note(by, What::Refused { refusal }, correlation_id, now);
    }

    /// Whether a request that bears this check's external id is one that it does not and will not follow.
    pub fn is_stray(&self, request: &RequestId) -> bool {
        self.request.as_ref().map_or(self.is_over(), |followed| followed != request)
    }

    /// The stray requests that were recorded.
    pub fn strays(&self) -> impl Iterator<Item = &RequestId> {
        self.history.iter().filter_map(|entry| match &entry.what {
            What::SecondRequest { request } => Some(request),
            _ => None,
        })
    }

    /// Records a stray request, once.
    pub fn tell_stray(&mut self, request: &RequestId, by: Actor, correlation_id: &CorrelationId, now: Timestamp) {
        if self.is_stray(request) && self.strays().all(|known| known != request) {
            self.note(by, What::SecondRequest { request: request.clone() }, correlation_id, now);
        }
    }

    /// Takes over what Crosschq tells. Older news than what is known is ignored; a terminal state is left only for
    /// `Cancelled → Requested` when somebody re-opened the request in Crosschq (facts crosschq §3.3), and never
    /// against a rejection. Tells whether anything changed.
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
        let reopened = from == State::Cancelled && !to.is_terminal() && self.cancel.is_none();
        if from.is_terminal() && !reopened {
            return false;
        }
        let newer = seen.updated_at.is_some() && seen.updated_at != self.request_updated_at;
        self.request_updated_at = seen.updated_at.or(self.request_updated_at);
        if from == to {
            return newer;
        }
        self.enter(to, now);
        self.note(by, if reopened { What::Reopened } else { What::Moved { from, to } }, correlation_id, now);
        true
    }

    /// Crosschq does not know the request any more.
    pub fn gone_from_crosschq(&mut self, by: Actor, correlation_id: &CorrelationId, now: Timestamp) {
        self.enter(if self.cancel.is_some() { State::Cancelled } else { State::Failed }, now);
        self.due_at = Some(now.after(Self::STEP_DUE));
        self.note(by, What::GoneFromCrosschq, correlation_id, now);
    }

    /// Whether an update would have something to do for it: a state that iCIMS may not show yet.
    pub fn may_need_showing(&self) -> bool {
        self.due_at.is_some() && self.shown.is_none() && self.state != State::Claimed && !self.gone_from_ats
    }

    /// When the schedule should look again, once iCIMS shows what it should.
    pub fn settle_due(&mut self, report_missing: bool, now: Timestamp) {
        self.due_at = if self.state.is_terminal() {
            // A report link may come after the completion (facts crosschq §9.3): look again for a day.
            let waited = now.since(self.state_since);
            let wait = match waited.as_secs() {
                0..60 => Duration::from_secs(60),
                60..300 => Duration::from_secs(300),
                300..3_600 => Duration::from_secs(900),
                3_600..21_600 => Duration::from_secs(3_600),
                _ => Duration::from_secs(6 * 3_600),
            };
            (report_missing && waited < Duration::from_secs(86_400)).then(|| now.after(wait))
        } else if self.may_need_cancelling() {
            Some(now.after(Self::STEP_DUE))
        } else {
            Some(now.after(Self::POLL_EVERY))
        };
    }

    /// The schedule looks again at this moment and not before, unless a cancellation waits for it.
    pub fn put_off_until(&mut self, later: Timestamp) {
        let due = self.due_at.filter(|_| self.may_need_cancelling());
        self.due_at = Some(due.map_or(later, |due| due.min(later)));
    }

    /// When the record may be forgotten: `retention_days` after its last change, once it is over.
    pub fn expires_at(&self, retention_days: u16) -> Option<Timestamp> {
        let days = u64::from(retention_days);
        (self.is_over() && self.due_at.is_none()).then(|| self.updated_at.after(Duration::from_secs(days * 86_400)))
    }
}

mod cancel;
mod note;
#[cfg(test)]
mod tests;
