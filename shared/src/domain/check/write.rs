//! What was written to iCIMS, and what iCIMS answered.

use super::Check;
use super::sync::{Attachment, Row};
use crate::domain::{Digest, EntryId, HistoryEvent, Stamp, StatusId, Timestamp};

/// What became of a move of the workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusOutcome {
    /// The workflow is in the status.
    Moved,
    /// A recruiter had put it elsewhere, or iCIMS refused.
    Kept,
}

impl Check {
    /// The row shows this now, as this entry if iCIMS named one.
    pub fn row_written(&mut self, digest: Digest, entry: Option<EntryId>, stamp: &Stamp<'_>) {
        self.sync.digest = Some(digest);
        if let Some(entry) = &entry {
            self.sync.row = Row::Entry(entry.clone());
        }
        self.note(HistoryEvent::RowWritten { entry }, stamp);
    }

    /// iCIMS refuses the row. `why` holds no values.
    pub fn row_refused(&mut self, why: String, stamp: &Stamp<'_>) {
        self.note(HistoryEvent::RowRefused { why }, stamp);
    }

    /// A move of the workflow is about to begin.
    pub fn begin_status_move(&mut self, target: StatusId, now: Timestamp) {
        self.sync.status.begin(target, now);
    }

    /// What became of the move to `target` is known.
    pub fn status_resolved(&mut self, target: StatusId, outcome: StatusOutcome, stamp: &Stamp<'_>) {
        let event = match outcome {
            StatusOutcome::Moved => HistoryEvent::StatusMoved { status: target.clone() },
            StatusOutcome::Kept => HistoryEvent::StatusKept,
        };
        self.sync.status.resolve(target);
        self.note(event, stamp);
    }

    /// A move of ours had hidden a rejection, and was taken back: the workflow is in `status` again.
    pub fn status_restored(&mut self, status: StatusId, stamp: &Stamp<'_>) {
        self.sync.status.take_back();
        self.note(HistoryEvent::StatusRestored { status }, stamp);
    }

    /// The report PDF was attached now, or had been before.
    pub fn report_attached(&mut self, attachment: Attachment, is_new: bool, stamp: &Stamp<'_>) {
        self.sync.report = Some(attachment);
        if is_new {
            self.note(HistoryEvent::ReportAttached, stamp);
        }
    }

    /// The report PDF cannot be attached. `why` holds no values.
    pub fn report_not_attached(&mut self, attachment: Attachment, why: String, stamp: &Stamp<'_>) {
        self.sync.report = Some(attachment);
        self.note(HistoryEvent::ReportNotAttached { why }, stamp);
    }

    /// The ATS answered 404 for the workflow. Returns whether that is believed by now.
    pub fn workflow_missing(&mut self, stamp: &Stamp<'_>) -> bool {
        let known = std::mem::take(&mut self.sync.workflow);
        self.sync.workflow = known.after_404(stamp.now);
        let is_gone = self.sync.workflow.is_gone();
        if is_gone && !known.is_gone() {
            self.note(HistoryEvent::WorkflowNotFound, stamp);
        }
        is_gone
    }

    /// The ATS answered for the workflow.
    pub fn workflow_found(&mut self) {
        self.sync.workflow = super::phase::Presence::Present;
    }
}
