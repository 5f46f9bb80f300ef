//! The create: which step comes next, and what each leaves behind.

use super::super::{Actor, CorrelationId, FailureClass, Timestamp, What};
use super::{Check, CreateLedger, CreateStep, Fingerprint, Lease, State};

impl Check {
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
        let sent_until = self.create.last_at.max(self.lease.map(|lease| lease.until));
        let settled = sent_until.map_or(now, |at| at.after(Self::SETTLE));
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

    /// Takes the lease to carry the order out, or to look its request up; no create is counted.
    pub fn take_over(&mut self, lease_until: Timestamp, correlation_id: &CorrelationId, now: Timestamp) {
        let what = if self.create.begun == 0 { What::Claimed } else { What::TakenOver };
        self.lease = Some(Lease { until: lease_until });
        self.due_at = Some(lease_until.after(Self::STEP_DUE));
        self.note(Actor::Requester, what, correlation_id, now);
    }

    /// Counts a create that leaves once this is written.
    pub fn begin_create(&mut self, fingerprint: Fingerprint, correlation_id: &CorrelationId, now: Timestamp) {
        self.create = CreateLedger { begun: self.create.begun.saturating_add(1), last_at: Some(now) };
        self.fingerprint = Some(fingerprint);
        let what = if self.create.begun > 1 { What::Repeated } else { What::CreateBegun };
        self.note(Actor::Requester, what, correlation_id, now);
    }

    /// Takes the count of the last create back: Crosschq's answer shows that it did nothing.
    pub fn create_had_no_effect(&mut self) {
        self.create.begun = self.create.begun.saturating_sub(1);
    }

    /// Gives the claim back.
    pub fn release(&mut self, why: FailureClass, retry_at: Timestamp, correlation_id: &CorrelationId, now: Timestamp) {
        self.lease = None;
        self.due_at = Some(retry_at.after(Self::RETRY_DUE));
        self.note(Actor::Requester, What::Released { why }, correlation_id, now);
    }

    /// A create left and no answer came.
    pub fn outcome_unknown(&mut self, correlation_id: &CorrelationId, now: Timestamp) {
        self.enter(State::OutcomeUnknown, now);
        // It may still be on its way: until now somebody waited for its answer.
        self.create.last_at = Some(now);
        self.lease = None;
        self.due_at = Some(now.after(Self::STEP_DUE));
        self.note(Actor::Requester, What::OutcomeUnknown, correlation_id, now);
    }

    /// Crosschq does not hold our request; another create may follow if one is left.
    pub fn lookup_found_nothing(&mut self, correlation_id: &CorrelationId, now: Timestamp) {
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
}
