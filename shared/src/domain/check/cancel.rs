//! The wish to cancel: told, confirmed, carried out.

use super::super::{Actor, CorrelationId, Timestamp, What};
use super::{CancelReason, Check, State};

impl Check {
    /// Marks it to be cancelled. Does nothing if it is over or already marked; tells whether it changed.
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
        self.cancel_told = false;
        self.due_at = Some(now.after(Self::STEP_DUE));
        self.note(by, What::CancelWanted { reason }, correlation_id, now);
        true
    }

    /// Remembers that a rejection was told while the ATS cannot be asked: the message about it may be lost before the ATS
    /// answers again. Does nothing if that is known, or nothing is left to cancel.
    pub fn tell_cancel(&mut self, by: Actor, correlation_id: &CorrelationId, now: Timestamp) {
        if self.is_over() || self.cancel.is_some() || self.cancel_told {
            return;
        }
        self.cancel_told = true;
        self.due_at = self.due_at.min(Some(now.after(Self::RETRY_DUE)));
        self.note(by, What::CancelTold, correlation_id, now);
    }

    /// The ATS does not confirm the rejection that was told. Does nothing if none is remembered.
    pub fn dismiss_cancel(&mut self, by: Actor, correlation_id: &CorrelationId, now: Timestamp) {
        if self.cancel_told && self.cancel.is_none() {
            self.cancel_told = false;
            self.note(by, What::CancelDismissed, correlation_id, now);
        }
    }

    /// Whether the canceller has something to do or to ask about it.
    pub fn may_need_cancelling(&self) -> bool {
        !self.is_over() && (self.cancel_told || (self.cancel.is_some() && self.state.is_open_at_crosschq()))
    }

    /// Whether nothing has left for Crosschq and nobody is about to send: cancelling needs no call.
    pub fn never_left(&self, now: Timestamp) -> bool {
        self.state == State::Claimed && self.create.begun == 0 && self.lease.is_none_or(|lease| lease.until <= now)
    }

    /// It is cancelled, or (`unconfirmed`) should be while Crosschq offers no way.
    pub fn cancelled(&mut self, unconfirmed: bool, by: Actor, correlation_id: &CorrelationId, now: Timestamp) {
        self.enter(State::Cancelled, now);
        self.cancel_unconfirmed = unconfirmed;
        self.lease = None;
        self.due_at = Some(now.after(Self::STEP_DUE));
        let what = if unconfirmed { What::CancelUnconfirmed } else { What::Cancelled };
        self.note(by, what, correlation_id, now);
    }
}
