//! Bringing what iCIMS shows in line with a check: the row, the workflow's status, the report PDF.

use std::time::Duration;

use tokio::sync::Semaphore;

use crate::domain::{
    Actor, Check, CorrelationId, Customer, Digest, EntryId, Lease, Link, ReferenceRequest, Row, State, StatusId,
    Timestamp, View, What,
};
use crate::failure::Failure;
use crate::ports::{Ats, AtsError, ReferenceProvider};

use super::report_file::{self, Attached};
use super::status_move::{Moved, Trigger, move_status};

/// How long after iCIMS refused a row it is tried again: somebody has to change a setting first.
const RETRY_REFUSED_AFTER: Duration = Duration::from_secs(6 * 3600);
/// How long after an addition without answer the row may still appear: until then, no search finds it for certain.
const ROW_SETTLES: Duration = Duration::from_secs(30);
/// How long a finished check keeps trying to be shown.
const GIVE_UP_AFTER: Duration = Duration::from_secs(7 * 86_400);
/// How soon a workflow that has been missing for long is tried again.
const RETRY_GONE_AFTER: Duration = Duration::from_secs(86_400);

/// Where things are shown, and what is shown there.
pub(super) struct Screen<'a> {
    pub(super) ats: &'a dyn Ats,
    pub(super) provider: &'a dyn ReferenceProvider,
    pub(super) customer: &'a Customer,
    /// Held while a report PDF is in memory.
    pub(super) pdf: &'a Semaphore,
    /// What the trigger status stands for, should the workflow be in it.
    pub(super) trigger: Trigger,
}

/// Whether a finished check still waits for its report link (docs/vendors/crosschq.md §9.3).
pub(super) fn report_missing(check: &Check, live: Option<&ReferenceRequest>) -> bool {
    check.state == State::Completed && live.is_some_and(|live| live.report.is_none())
}

/// What has to be written to iCIMS.
#[derive(Debug)]
pub(super) struct Plan {
    row: Option<(View, Digest)>,
    status: Option<StatusId>,
    pdf: Option<Link>,
}

impl Plan {
    /// Compares what should be shown with what was last written.
    pub(super) fn of(customer: &Customer, check: &Check, live: Option<&ReferenceRequest>) -> Self {
        let icims = &customer.settings.icims;
        // A check that holds a request is shown only from what Crosschq just answered: counts and link are not kept here.
        let can_be_shown = live.is_some() || check.request.is_none() || check.is_over();
        let row = can_be_shown.then(|| View::of(check, live)).map(|view| {
            let digest = view.digest();
            (view, digest)
        });
        let row = row.filter(|(_, digest)| check.shown.as_ref() != Some(digest));
        // Once it is to be cancelled a recruiter has put the candidate elsewhere, or an operator wants it left alone.
        let stays = check.cancel.is_some() && !check.is_over();
        let status = icims
            .stage_statuses
            .of(check.state)
            .filter(|&wanted| !stays && check.moved_to.as_ref() != Some(wanted))
            .cloned();
        let pdf = live
            .filter(|live| icims.attach_pdf_field.is_some() && report_file::is_wanted(check, live))
            .and_then(|live| live.full_pdf.clone());
        Self { row, status, pdf }
    }

    /// Whether iCIMS shows all it should.
    pub(super) fn is_empty(&self) -> bool {
        self.row.is_none() && self.status.is_none() && self.pdf.is_none()
    }

    /// Whether the workflow has to be moved.
    pub(super) fn moves_status(&self) -> bool {
        self.status.is_some()
    }

    /// Marks on the check what is about to be written, until when.
    pub(super) fn mark_in_progress(&self, check: &mut Check, until: Timestamp, now: Timestamp) {
        let mut lease_until = until;
        if self.row.is_some() {
            check.shown = None;
            if check.row == Row::Absent {
                check.row = Row::Intended;
            }
            if check.row == Row::Intended {
                // Should the time run out, the row that is being added may appear after its writer is gone.
                lease_until = until.after(ROW_SETTLES);
            }
        }
        check.showing = Some(Lease { until: lease_until });
        if self.status.is_some() {
            check.moving_to = self.status.clone();
            check.moved_at = Some(now);
        }
        check.due_at = Some(until.after(Check::STEP_DUE));
    }

    /// Writes to iCIMS. `before` is the check before it was marked. The three writes stand alone: one that fails does not
    /// undo another (docs/vendors/icims.md §4.2).
    pub(super) async fn carry_out(
        &self,
        screen: &Screen<'_>,
        check: &Check,
        before: &Check,
        live: Option<&ReferenceRequest>,
        correlation_id: &CorrelationId,
    ) -> SyncReport {
        let Screen { ats, customer, .. } = *screen;
        let mut report = SyncReport::default();
        if let Some((view, digest)) = &self.row {
            match write_row(screen, check, &before.row, view).await {
                Ok(entry) => {
                    report.entry = entry;
                    report.digest = Some(digest.clone());
                }
                Err(Unwritten { error, may_appear }) => {
                    report.row_may_appear = may_appear;
                    report.fail("row", check, error, correlation_id);
                }
            }
        }
        if let Some(status) = self.status.as_ref().filter(|_| !report.missing) {
            match move_status(ats, customer, check, status, screen.trigger).await {
                Ok(moved) => report.moved = Some((status.clone(), moved)),
                Err(error) => report.fail("status", check, error, correlation_id),
            }
        }
        if let (Some(link), Some(field), Some(live)) =
            (self.pdf.as_ref().filter(|_| !report.missing), &customer.settings.icims.attach_pdf_field, live)
        {
            report.attached = Some(report_file::attach(screen, check, field, link, live).await);
        }
        report
    }
}

/// What was achieved.
#[derive(Debug, Default)]
pub(super) struct SyncReport {
    entry: Option<EntryId>,
    digest: Option<Digest>,
    moved: Option<(StatusId, Moved)>,
    attached: Option<Attached>,
    refused: Option<String>,
    /// iCIMS answered 404 for the workflow.
    missing: bool,
    /// An addition left and no answer came.
    row_may_appear: bool,
    /// What the record goes back to the queue with.
    pub(super) failure: Option<Failure>,
}

impl SyncReport {
    fn fail(&mut self, what: &'static str, check: &Check, error: AtsError, correlation_id: &CorrelationId) {
        match error {
            AtsError::NotFound => {
                tracing::warn!(customer.id = %check.key.customer, workflow.id = %check.key.workflow, correlation.id = %correlation_id,
                    what, "the workflow is gone from iCIMS, or hidden from the API user");
                self.missing = true;
            }
            AtsError::Refused { why } => {
                tracing::error!(customer.id = %check.key.customer, workflow.id = %check.key.workflow, correlation.id = %correlation_id,
                    what, why, "iCIMS refuses what we write: manual action required");
                self.refused = Some(why);
            }
            other => self.failure = self.failure.take().or(Some(other.into())),
        }
    }

    /// Whether iCIMS answered for the workflow at all.
    fn reached(&self) -> bool {
        self.digest.is_some() || self.moved.is_some()
    }

    /// Lays what was achieved over a check. `overtaken`: somebody else wrote to iCIMS meanwhile, so that what it shows
    /// now is not known.
    pub(super) fn record(
        &self,
        check: &mut Check,
        overtaken: bool,
        live: Option<&ReferenceRequest>,
        correlation_id: &CorrelationId,
        now: Timestamp,
    ) {
        let by = Actor::Updater;
        if overtaken {
            check.shown = None;
            check.due_at = Some(now.after(Check::STEP_DUE));
            return;
        }
        check.showing = self.row_may_appear.then(|| Lease { until: now.after(ROW_SETTLES) });
        if let Some(digest) = &self.digest {
            check.shown = Some(digest.clone());
            if let Some(entry) = &self.entry {
                check.row = Row::Entry(entry.clone());
            }
            check.note(by, What::Shown { entry: self.entry.clone() }, correlation_id, now);
        }
        if let Some((status, moved)) = &self.moved {
            (check.moved_to, check.moving_to) = (Some(status.clone()), None);
            let what = match moved {
                Moved::There => What::StatusMoved { status: status.clone() },
                Moved::Left | Moved::Refused => What::StatusKept,
            };
            check.note(by, what, correlation_id, now);
        }
        if let Some(attached) = &self.attached {
            attached.record(check, live, correlation_id, now);
        }
        let waited = now.since(check.state_since);
        let given_up = check.is_over() && waited > GIVE_UP_AFTER;
        if self.reached() {
            check.workflow_found();
        }
        if let Some(why) = &self.refused {
            check.note(by, What::NotShown { why: why.clone() }, correlation_id, now);
        }
        if self.missing {
            let gone = check.workflow_missing(by, correlation_id, now);
            let again = match (gone, check.is_over()) {
                (false, _) => Check::MISSING_AGAIN,
                (true, true) => RETRY_GONE_AFTER,
                // The canceller cancels the request of a workflow that is gone.
                (true, false) => Check::STEP_DUE,
            };
            check.due_at = (!given_up).then(|| now.after(again));
        } else if self.failure.is_some() {
            check.due_at = (!given_up).then(|| now.after(Check::RETRY_DUE));
        } else if self.refused.is_some() {
            check.due_at = (!given_up).then(|| now.after(RETRY_REFUSED_AFTER));
        } else {
            check.settle_due(report_missing(check, live), now);
            let waits = check.attachment.as_ref().is_none_or(|settled| settled.updated_at.is_none());
            if self.attached.as_ref().is_some_and(Attached::comes_later) && waits {
                check.due_at = Some(now.after(Check::STEP_DUE));
            }
        }
    }
}

/// A row that was not written, as far as we know.
struct Unwritten {
    error: AtsError,
    may_appear: bool,
}

impl From<AtsError> for Unwritten {
    fn from(error: AtsError) -> Self {
        Self { error, may_appear: false }
    }
}

/// Writes the row where it is, or where its marker is found, or adds it.
async fn write_row(screen: &Screen<'_>, check: &Check, row: &Row, view: &View) -> Result<Option<EntryId>, Unwritten> {
    let Screen { ats, customer, .. } = *screen;
    let workflow = &check.key.workflow;
    let known = match row {
        Row::Entry(entry) => Some(entry.clone()),
        Row::Intended => ats.find_row(customer, workflow, &view.marker).await?,
        Row::Absent => None,
    };
    if let Some(entry) = known {
        match ats.change_row(customer, workflow, &entry, view).await {
            Ok(()) => return Ok(Some(entry)),
            // Somebody deleted the row; if it is the workflow that is gone, adding will show it.
            Err(AtsError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    match ats.add_row(customer, workflow, view).await {
        Ok(Some(entry)) => Ok(Some(entry)),
        // It is found by its marker once it has to be changed.
        Ok(None) => Ok(None),
        Err(error) => {
            let may_appear = matches!(error, AtsError::Unavailable { .. });
            Err(Unwritten { error, may_appear })
        }
    }
}
