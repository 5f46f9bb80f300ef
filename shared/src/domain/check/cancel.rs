//! The wish to cancel: reported, confirmed, carried out, or refused.

use super::super::{Actor, CorrelationId, Timestamp, What};
use super::{CancelReason, Check, Rejection, State};

impl Check {
    /// Marks it to be cancelled. Does nothing if it is over or already marked; returns whether it changed.
    pub fn want_cancel(
        &mut self,
        reason: CancelReason,
        by: Actor,
        correlation_id: &CorrelationId,
        now: Timestamp,
    ) -> bool {
        if self.is_over() || self.cancel.is_some() {
            return false;
        }
        self.cancel = Some(reason);
        self.rejection = None;
        self.due_at = Some(now.after(Self::STEP_DUE));
        self.note(by, What::CancelWanted { reason }, correlation_id, now);
        true
    }

    /// Remembers a reported rejection that the ATS has not confirmed yet: the message about it may be lost before it does.
    /// Does nothing if that is known, or nothing is left to cancel.
    pub fn report_rejection(
        &mut self,
        rejection: &Rejection,
        by: Actor,
        correlation_id: &CorrelationId,
        now: Timestamp,
    ) {
        if self.is_over() || self.cancel.is_some() || self.rejection.is_some() {
            return;
        }
        self.rejection = Some(rejection.clone());
        self.due_by(now.after(Self::RETRY_DUE));
        self.note(by, What::RejectionReported, correlation_id, now);
    }

    /// The ATS does not confirm the rejection that was reported. Does nothing if none is remembered.
    pub fn dismiss_rejection(&mut self, by: Actor, correlation_id: &CorrelationId, now: Timestamp) {
        if self.cancel.is_none() && self.rejection.take().is_some() {
            self.note(by, What::RejectionDismissed, correlation_id, now);
        }
    }

    /// Whether the canceller has something to do or to find out about it.
    pub fn may_need_cancelling(&self) -> bool {
        !self.is_over()
            && (self.rejection.is_some()
                || self.workflow_gone
                || (self.cancel.is_some() && self.state.is_open_at_crosschq()))
    }

    /// Whether nothing has left for Crosschq and nobody is about to send: cancelling needs no call.
    pub fn never_sent(&self, now: Timestamp) -> bool {
        self.state == State::Claimed && self.create.begun == 0 && self.lease.is_none_or(|lease| lease.until <= now)
    }

    /// It is cancelled, or (`unconfirmed`) should be while Crosschq offers no way.
    pub fn cancelled(&mut self, unconfirmed: bool, by: Actor, correlation_id: &CorrelationId, now: Timestamp) {
        self.enter(State::Cancelled, now);
        self.cancel_unconfirmed = unconfirmed;
        (self.lease, self.fingerprint, self.cancel_refused_at) = (None, None, None);
        self.due_at = Some(now.after(Self::STEP_DUE));
        let what = if unconfirmed { What::CancelUnconfirmed } else { What::Cancelled };
        self.note(by, what, correlation_id, now);
    }

    /// Crosschq refused to cancel the request, or answered that it is completed while it may not be. It is tried again
    /// after [`Check::CANCEL_AGAIN`]; what the request has become meanwhile, the next read shows. Noted once.
    pub fn cancel_refused(&mut self, what: What, by: Actor, correlation_id: &CorrelationId, now: Timestamp) {
        if self.cancel_refused_at.is_none() {
            self.note(by, what, correlation_id, now);
        }
        self.cancel_refused_at = Some(now);
        self.due_at = Some(now.after(Self::CANCEL_AGAIN));
    }

    /// Whether a cancel that Crosschq refused is to be left alone for now.
    pub fn cancel_rests(&self, now: Timestamp) -> bool {
        self.cancel_refused_at.is_some_and(|refused_at| now < refused_at.after(Self::CANCEL_AGAIN))
    }
}
