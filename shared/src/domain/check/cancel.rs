//! The wish to cancel: reported, confirmed, carried out, or refused.

use super::Check;
use super::cancellation::CancelState;
use super::phase::{End, FollowedRequest, Phase, RequestAnswers};
use crate::domain::{CancelReason, HistoryEvent, Rejection, Stamp, Timestamp};

impl Check {
    /// Marks it to be cancelled. Does nothing if it is over or already marked; returns whether it changed.
    pub fn want_cancel(&mut self, reason: CancelReason, stamp: &Stamp<'_>) -> bool {
        if self.is_over() || self.cancel_reason().is_some() {
            return false;
        }
        self.change(HistoryEvent::CancelWanted { reason }, stamp, |life| life.cancel = CancelState::Wanted(reason));
        self.timing.due_at = Some(stamp.now.after(Self::STEP_DUE));
        true
    }

    /// Remembers a reported rejection that the ATS has not confirmed yet: the message about it may be lost before it does.
    /// Does nothing if that is known, or nothing is left to cancel.
    pub fn report_rejection(&mut self, rejection: &Rejection, stamp: &Stamp<'_>) {
        if self.is_over() || !self.cancel().is_none() {
            return;
        }
        let reported = CancelState::Reported(rejection.clone());
        self.change(HistoryEvent::RejectionReported, stamp, |life| life.cancel = reported);
        self.due_by(stamp.now.after(Self::RETRY_DUE));
    }

    /// The ATS does not confirm the rejection that was reported. Does nothing if none is remembered.
    pub fn dismiss_rejection(&mut self, stamp: &Stamp<'_>) {
        if self.rejection().is_some() {
            self.change(HistoryEvent::RejectionDismissed, stamp, |life| life.cancel = CancelState::None);
        }
    }

    /// Whether the canceller has something to do or to find out about it.
    pub fn may_need_cancelling(&self) -> bool {
        !self.is_over()
            && (self.rejection().is_some()
                || self.sync.workflow.is_gone()
                || (self.cancel_reason().is_some() && self.is_open()))
    }

    /// It is cancelled.
    pub fn cancelled(&mut self, stamp: &Stamp<'_>) {
        self.end_cancelled(HistoryEvent::Cancelled, self.cancel().clone(), stamp);
    }

    /// It should be cancelled, and Crosschq offers no way, or cannot be known to hold the request.
    pub fn cancelled_unconfirmed(&mut self, stamp: &Stamp<'_>) {
        let cancel = self.cancel_reason().map_or_else(|| self.cancel().clone(), CancelState::Unconfirmed);
        self.end_cancelled(HistoryEvent::CancelUnconfirmed, cancel, stamp);
    }

    fn end_cancelled(&mut self, event: HistoryEvent, cancel: CancelState, stamp: &Stamp<'_>) {
        if self.is_over() {
            return;
        }
        self.change(event, stamp, |life| {
            let request = life.phase.request().map(|request| FollowedRequest {
                answers: RequestAnswers { cancel_refused_at: None, ..request.answers.clone() },
                ..request.clone()
            });
            life.phase = Phase::Ended { end: End::Cancelled, request };
            life.cancel = cancel;
        });
        self.timing.due_at = Some(stamp.now.after(Self::STEP_DUE));
    }

    /// Crosschq refused to cancel the request: a person has to. `fields` are the names that it gave.
    pub fn cancel_refused(&mut self, fields: &[String], stamp: &Stamp<'_>) {
        self.still_open(HistoryEvent::CancelRefused { fields: fields.to_vec() }, stamp);
    }

    /// Crosschq answered that the request is completed, which it may not be.
    pub fn cancel_too_late(&mut self, stamp: &Stamp<'_>) {
        self.still_open(HistoryEvent::CancelTooLate, stamp);
    }

    /// It is tried again after [`Check::CANCEL_AGAIN`]; what the request has become meanwhile, the next read shows. Written
    /// down once.
    fn still_open(&mut self, event: HistoryEvent, stamp: &Stamp<'_>) {
        if !self.is_open() {
            return;
        }
        if self.answers().cancel_refused_at.is_none() {
            self.note(event, stamp);
        }
        if let Some(answers) = self.life.answers_mut() {
            answers.cancel_refused_at = Some(stamp.now);
        }
        self.timing.due_at = Some(stamp.now.after(Self::CANCEL_AGAIN));
    }

    /// Whether a cancel that Crosschq refused is to be left alone for now.
    pub fn cancel_rests(&self, now: Timestamp) -> bool {
        self.answers().cancel_refused_at.is_some_and(|refused_at| now < refused_at.after(Self::CANCEL_AGAIN))
    }
}
