//! A vendor answers 404: it may be gone, or hidden from us for a while. Only hours of it are believed, and a later answer
//! lifts the conclusion again (docs/vendors/icims.md §5.2, docs/vendors/crosschq.md §9.4).

use super::super::{Actor, CorrelationId, Timestamp, What};
use super::{Check, State};

impl Check {
    /// Crosschq answered 404 for the request. Ends the check once that has been so for [`Check::MISSING_FOR`]; until then
    /// it is looked for again every [`Check::MISSING_AGAIN`].
    pub fn request_missing(&mut self, by: Actor, correlation_id: &CorrelationId, now: Timestamp) {
        if self.is_over() {
            return;
        }
        let since = *self.request_missing_since.get_or_insert(now);
        if now.since(since) < Self::MISSING_FOR {
            self.due_at = Some(now.after(Self::MISSING_AGAIN));
            return;
        }
        self.enter(if self.cancel.is_some() { State::Cancelled } else { State::Failed }, now);
        self.request_gone = true;
        self.due_at = Some(now.after(Self::STEP_DUE));
        self.note(by, What::GoneFromCrosschq, correlation_id, now);
    }

    /// The ATS answered 404 for the workflow. Returns whether that is believed by now.
    pub fn workflow_missing(&mut self, by: Actor, correlation_id: &CorrelationId, now: Timestamp) -> bool {
        let since = *self.workflow_missing_since.get_or_insert(now);
        if !self.workflow_gone && now.since(since) >= Self::MISSING_FOR {
            self.workflow_gone = true;
            self.note(by, What::GoneFromAts, correlation_id, now);
        }
        self.workflow_gone
    }

    /// The ATS answered for the workflow.
    pub fn workflow_found(&mut self) {
        self.workflow_missing_since = None;
        self.workflow_gone = false;
    }
}
