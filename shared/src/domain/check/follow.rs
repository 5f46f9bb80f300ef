//! What Crosschq answers about the request.

use super::Check;
use super::phase::{End, Phase, Presence};
use crate::domain::{HistoryEvent, ReferenceRequest, RequestId, Stamp, State};

impl Check {
    /// Takes over what Crosschq answered. Older news than what is known is ignored; an end is left only where somebody
    /// re-opened a cancelled request in Crosschq (docs/vendors/crosschq.md §3.3), never against a rejection; and where the
    /// request had been taken for gone. Returns whether anything changed.
    pub fn observe(&mut self, seen: &ReferenceRequest, stamp: &Stamp<'_>) -> bool {
        let (from, to) = (self.state(), State::from(seen.stage));
        let reopened = from == State::Cancelled && !to.is_terminal() && self.cancel_reason().is_none();
        let Some(answers) = self.life.answers_mut() else { return false };
        if let (Some(known), Some(news)) = (answers.updated_at, seen.updated_at)
            && news < known
        {
            return false;
        }
        let presence = std::mem::take(&mut answers.presence);
        let was_missing = !presence.is_present();
        if from.is_terminal() && !reopened && !presence.is_gone() {
            return was_missing;
        }
        let newer = seen.updated_at.is_some() && seen.updated_at != answers.updated_at;
        answers.updated_at = seen.updated_at.or(answers.updated_at);
        if from == to {
            return newer || was_missing;
        }
        let Some(request) = self.phase().request().cloned() else { return false };
        let event = if reopened { HistoryEvent::Reopened } else { HistoryEvent::Moved { from, to } };
        self.change(event, stamp, |life| life.phase = Phase::at(seen.stage, request));
        true
    }

    /// Crosschq answered 404 for the request. Ends the check once that is believed; until then the request is looked for
    /// again every [`Check::MISSING_AGAIN`].
    pub fn request_missing(&mut self, stamp: &Stamp<'_>) {
        if !self.is_open() {
            return;
        }
        let Some(answers) = self.life.answers_mut() else { return };
        answers.presence = answers.presence.after_404(stamp.now);
        let Presence::Gone { .. } = answers.presence else {
            self.timing.due_at = Some(stamp.now.after(Self::MISSING_AGAIN));
            return;
        };
        let end = if self.cancel_reason().is_some() { End::Cancelled } else { End::Failed };
        let request = self.phase().request().cloned();
        self.change(HistoryEvent::RequestNotFound, stamp, |life| life.phase = Phase::Ended { end, request });
        self.timing.due_at = Some(stamp.now.after(Self::STEP_DUE));
    }

    /// Whether a request that bears this check's external id is one that it does not and will not follow.
    pub fn is_duplicate(&self, request: &RequestId) -> bool {
        self.request().map_or(self.is_over(), |followed| followed != request)
    }

    /// Records a duplicate, once.
    pub fn record_duplicate(&mut self, request: &RequestId, stamp: &Stamp<'_>) {
        if self.is_duplicate(request) && !self.duplicates().contains(request) {
            let event = HistoryEvent::DuplicateRequest { request: request.clone() };
            self.change(event, stamp, |life| life.duplicates.push(request.clone()));
        }
    }
}
