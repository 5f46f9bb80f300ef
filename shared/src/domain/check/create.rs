//! The create: which step comes next, and what each leaves behind. A check that is not being created any more is left as
//! it is by all of them.

use super::cancellation::CancelState;
use super::life::Life;
use super::phase::{CreateOutcome, Creating, End, Fingerprint, FollowedRequest, Lease, OpenStage, Phase};
use super::{Check, CreateLedger};
use crate::domain::{FailureClass, HistoryEvent, Refusal, RequestId, Stamp, Timestamp};

/// What the requester has to do with a check it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateStep {
    /// Nothing ever left: post.
    Post,
    /// Something may have left: search at Crosschq first, not before a search proves something.
    LookUp { not_before: Timestamp },
    /// Something may have left and Crosschq offers no look-up: post once more with the same idempotency key, once the first
    /// create is certainly over.
    Repeat { not_before: Timestamp },
    /// Both creates may have left: only a callback can tell. A person has to look after `until`.
    AwaitCallback { until: Timestamp },
    /// Another worker holds the lease.
    Busy { until: Timestamp },
    /// Crosschq holds the request.
    Done,
    /// The check has ended.
    Over,
}

/// How a request became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecognizedBy {
    /// Crosschq answered the create.
    Reply,
    /// The reply was lost; a look-up or a callback named it.
    Likeness,
}

/// What a released claim says of the create that was counted last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateCount {
    /// It counts, if there was one.
    Kept,
    /// Crosschq's answer shows that it did nothing.
    TakenBack,
}

impl Check {
    /// What the requester has to do, given whether Crosschq offers a look-up.
    pub fn next_create_step(&self, can_search: bool, now: Timestamp) -> CreateStep {
        let lease = match self.phase() {
            Phase::Ended { .. } => return CreateStep::Over,
            Phase::Open { .. } => return CreateStep::Done,
            Phase::Creating(creating) => creating.lease,
        };
        if let Some(lease) = lease
            && lease.until > now
        {
            return CreateStep::Busy { until: lease.until };
        }
        // A worker that vanished may have sent its create until the very end of its lease.
        let sent_until = self.creates.last_at.max(lease.map(|lease| lease.until));
        let settled = sent_until.map_or(now, |at| at.after(Self::SETTLE));
        match (self.creates.begun, can_search) {
            (0, _) => CreateStep::Post,
            (_, true) => CreateStep::LookUp { not_before: settled },
            // A repeat is safe while Crosschq remembers the first create, by its key or by an open request: not for ever.
            (1, false) if now < self.adoption_ends_at() => CreateStep::Repeat { not_before: settled },
            _ => CreateStep::AwaitCallback { until: self.adoption_ends_at() },
        }
    }

    /// Until when an unknown outcome waits for a callback: [`Check::ADOPTION_WINDOW`] after the last create.
    pub fn adoption_ends_at(&self) -> Timestamp {
        self.creates.last_at.unwrap_or(self.timing.created_at).after(Self::ADOPTION_WINDOW)
    }

    /// Whether nothing has left for Crosschq and nobody is about to send: cancelling needs no call.
    pub fn never_sent(&self, now: Timestamp) -> bool {
        self.creating().is_some_and(|creating| {
            creating.outcome == CreateOutcome::Pending
                && self.creates.begun == 0
                && creating.lease.is_none_or(|lease| lease.until <= now)
        })
    }

    /// Changes what is known of the create; returns false for a check that is not being created.
    fn change_creating(&mut self, event: HistoryEvent, stamp: &Stamp<'_>, change: impl FnOnce(&mut Creating)) -> bool {
        let Phase::Creating(creating) = self.phase() else { return false };
        let mut creating = creating.clone();
        change(&mut creating);
        self.change(event, stamp, |life| life.phase = Phase::Creating(creating));
        true
    }

    /// Takes the lease to carry the order out, or to look its request up; no create is counted.
    pub fn take_over(&mut self, lease: Lease, stamp: &Stamp<'_>) {
        let event = if self.creates.begun == 0 { HistoryEvent::Claimed } else { HistoryEvent::TakenOver };
        if self.change_creating(event, stamp, |creating| creating.lease = Some(lease)) {
            self.timing.due_at = Some(lease.until.after(Self::STEP_DUE));
        }
    }

    /// Counts a create that leaves once this is written.
    pub fn begin_create(&mut self, fingerprint: Fingerprint, stamp: &Stamp<'_>) {
        let begun = self.creates.begun.saturating_add(1);
        let event = if begun > 1 { HistoryEvent::Repeated } else { HistoryEvent::CreateBegun };
        if self.change_creating(event, stamp, |creating| creating.fingerprint = Some(fingerprint)) {
            self.creates = CreateLedger { begun, last_at: Some(stamp.now) };
        }
    }

    /// Ends the lease for another delivery. The schedule comes later than that: some time after `retry_at`.
    pub fn release(&mut self, why: FailureClass, retry_at: Timestamp, count: CreateCount, stamp: &Stamp<'_>) {
        let event = HistoryEvent::Released { why };
        if self.change_creating(event, stamp, |creating| creating.lease = None) {
            if count == CreateCount::TakenBack {
                self.creates.begun = self.creates.begun.saturating_sub(1);
            }
            self.timing.due_at = Some(retry_at.after(Self::RETRY_DUE));
        }
    }

    /// A create left and no answer came.
    pub fn outcome_unknown(&mut self, stamp: &Stamp<'_>) {
        let unknown = |creating: &mut Creating| (creating.outcome, creating.lease) = (CreateOutcome::Unknown, None);
        if self.change_creating(HistoryEvent::OutcomeUnknown, stamp, unknown) {
            // It may still be on its way: until now somebody waited for its answer.
            self.creates.last_at = Some(stamp.now);
            self.timing.due_at = Some(stamp.now.after(Self::STEP_DUE));
        }
    }

    /// Crosschq does not hold our request; another create may follow if one is left.
    pub fn lookup_found_nothing(&mut self, stamp: &Stamp<'_>) {
        self.note(HistoryEvent::LookupFoundNothing, stamp);
    }

    /// Both creates may have left and nothing shows which. Waits for the callback; once [`Check::adoption_ends_at`] is
    /// past, ends the check for a person to look.
    pub fn await_callback(&mut self, stamp: &Stamp<'_>) {
        let until = self.adoption_ends_at();
        let Some(creating) = self.creating() else { return };
        if stamp.now >= until {
            match self.cancel_reason() {
                Some(_) => self.cancelled_unconfirmed(stamp),
                None => self.refuse(Refusal::OutcomeUnknown, stamp),
            }
            return;
        }
        if creating.outcome == CreateOutcome::Unknown {
            self.life.end_lease();
        } else {
            let unknown = |creating: &mut Creating| (creating.outcome, creating.lease) = (CreateOutcome::Unknown, None);
            self.change_creating(HistoryEvent::OutcomeUnknown, stamp, unknown);
        }
        self.timing.due_at = Some(until);
    }

    /// Crosschq holds the request. Recorded on a check that ended without one as well, and a wish to cancel that came
    /// meanwhile is kept: the caller has to follow it. A check that follows another request records a duplicate.
    pub fn requested(&mut self, request: &RequestId, recognized: RecognizedBy, stamp: &Stamp<'_>) {
        if self.request().is_some() {
            self.record_duplicate(request, stamp);
            return;
        }
        let event = match recognized {
            RecognizedBy::Reply => HistoryEvent::Requested { request: request.clone() },
            RecognizedBy::Likeness => HistoryEvent::Adopted { request: request.clone() },
        };
        self.change(event, stamp, |life: &mut Life| {
            life.phase = Phase::Open { request: FollowedRequest::from(request.clone()), stage: OpenStage::Requested };
            if let CancelState::Unconfirmed(reason) = life.cancel {
                life.cancel = CancelState::Wanted(reason);
            }
        });
        // Until the row is written, the schedule sees to it that it will be.
        self.timing.due_at = Some(stamp.now.after(Self::STEP_DUE));
    }

    /// The order cannot be carried out.
    pub fn refuse(&mut self, refusal: Refusal, stamp: &Stamp<'_>) {
        if self.creating().is_none() {
            return;
        }
        let event = HistoryEvent::Refused { refusal: refusal.clone() };
        self.change(event, stamp, |life| life.phase = Phase::Ended { end: End::Refused(refusal), request: None });
        self.timing.due_at = Some(stamp.now.after(Self::STEP_DUE));
    }
}
