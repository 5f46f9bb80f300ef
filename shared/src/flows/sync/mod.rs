//! Bringing what iCIMS shows in line with a check: the row, the workflow's status, the report PDF.

use std::time::Duration;

use tokio::sync::Semaphore;

use super::support::commit::{commit, save_or_retry};
use super::support::job::Job;
use crate::domain::{Actor, Check, Lease, ReferenceRequest, Row, Source, Stamp, State, StatusId, View};
use crate::failure::{Failure, Outcome};
use crate::ports::{Ats, Clock, ReferenceProvider, WriteChecks};
use report::ReportTask;
use row::RowTask;
use status::{StatusTask, Trigger};
use target::{Report, SyncTarget, Written};

mod report;
mod row;
mod status;
mod target;

/// How long after iCIMS refused a row it is tried again: somebody has to change a setting first.
const RETRY_REFUSED_AFTER: Duration = Duration::from_secs(6 * 3600);
/// How long after an addition without answer the row may still appear: until then, no search finds it for certain.
const ROW_SETTLES: Duration = Duration::from_secs(30);
/// How long a finished check keeps trying to be shown.
const GIVE_UP_AFTER: Duration = Duration::from_secs(7 * 86_400);
/// How soon a workflow that has been missing for long is tried again.
const RETRY_GONE_AFTER: Duration = Duration::from_secs(86_400);
/// How long after its end a finished check's workflow is moved without a look at the log: nobody orders again at once.
const PROMPT: Duration = Duration::from_secs(120);

/// Brings iCIMS in line with checks.
pub(super) struct Sync<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) ats: &'a dyn Ats,
    pub(super) provider: &'a dyn ReferenceProvider,
    pub(super) checks: &'a dyn WriteChecks,
    pub(super) clock: &'a dyn Clock,
    /// Held while a report PDF is in memory.
    pub(super) pdf: &'a Semaphore,
}

/// What bringing in line came to.
pub(super) enum Synced {
    /// Nothing was written to iCIMS: it shows all it should, or has to wait.
    NothingToWrite(Outcome),
    /// iCIMS was written to, and answered so.
    Written(Result<Outcome, Failure>),
}

/// What has to be written to iCIMS.
struct Plan {
    row: Option<RowTask>,
    status: Option<StatusId>,
    report: Option<ReportTask>,
}

impl Sync<'_> {
    /// Plans, marks the intention on the check, writes, and records what was achieved. `before` is the check as it was
    /// loaded, `check` what has been learned since; `live` is what Crosschq just answered, where it was read.
    ///
    /// # Errors
    /// What the store fails with, and [`Failure::Retry`] if another delivery wrote the check meanwhile.
    pub(super) async fn run(
        &self,
        before: Check,
        mut check: Check,
        live: Option<&ReferenceRequest>,
        source: Source,
    ) -> Result<Synced, Failure> {
        let plan = self.plan(&check, live);
        if plan.row.is_none() && plan.status.is_none() && plan.report.is_none() {
            return self.rest(&before, check, live).await.map(Synced::NothingToWrite);
        }
        if source == Source::Schedule
            && let Some(pause) = self.ats.pause_for_background(self.job.customer)
        {
            check.defer_until(self.clock.now().after(pause));
            self.save_if_changed(&before, &mut check).await?;
            return Ok(Synced::NothingToWrite(Outcome::DeferredByQuota));
        }
        let status = match plan.status.clone() {
            Some(target) => Some(StatusTask { target, trigger: self.trigger(&check).await? }),
            None => None,
        };
        // The intention goes before the side effect: whoever finds this after a crash knows that the row may exist and
        // that what it shows is not known.
        self.mark_in_progress(&plan, &mut check);
        save_or_retry(self.checks, self.job.customer, &mut check).await?;
        let written = self.write(&check, plan, status).await;
        self.record(&mut check, &written, live).await?;
        let failure = written.into_iter().find_map(|written| match written {
            Written::Failed { failure, .. } => Some(failure),
            _ => None,
        });
        Ok(Synced::Written(failure.map_or(Ok(Outcome::Synced), Err)))
    }

    /// Compares what should be shown with what was last written.
    fn plan(&self, check: &Check, live: Option<&ReferenceRequest>) -> Plan {
        let icims = &self.job.customer.settings.icims;
        // A check that holds a request is shown only from what Crosschq just answered: counts and link are not kept here.
        let can_be_shown = live.is_some() || !check.is_open();
        let row = can_be_shown.then(|| {
            let view = View::of(check, live);
            RowTask { digest: view.digest(), view, known: check.sync.row.clone() }
        });
        let row = row.filter(|row| check.sync.digest.as_ref() != Some(&row.digest));
        // Once it is to be cancelled a recruiter has put the candidate elsewhere, or an operator wants it left alone.
        let stays = check.cancel_reason().is_some() && !check.is_over();
        let status = icims.stage_statuses.of(check.state());
        let status = status.filter(|&wanted| !stays && check.sync.status.done() != Some(wanted)).cloned();
        let report = live.filter(|live| report::is_wanted(check, live)).and_then(|live| {
            let (field, link) = (icims.attach_pdf_field.clone()?, live.full_pdf.clone()?);
            Some(ReportTask { link, field, request: live.clone(), now: self.clock.now() })
        });
        Plan { row, status, report }
    }

    /// Nothing to write: keeps what was learned, and keeps the schedule's next look in order.
    async fn rest(
        &self,
        before: &Check,
        mut check: Check,
        live: Option<&ReferenceRequest>,
    ) -> Result<Outcome, Failure> {
        let now = self.clock.now();
        let is_due = check.timing.due_at.is_some_and(|due| due <= now.after(Check::RETRY_DUE));
        let presence = check.answers().presence;
        let missing = !presence.is_present() && !presence.is_gone();
        if is_due && !missing && (!check.may_need_cancelling() || check.cancel_rests(now)) {
            check.settle_due(report_missing(&check, live), now);
        }
        if self.save_if_changed(before, &mut check).await? {
            return Ok(Outcome::NothingToSync);
        }
        Ok(Outcome::Unchanged)
    }

    async fn save_if_changed(&self, before: &Check, check: &mut Check) -> Result<bool, Failure> {
        if check == before {
            return Ok(false);
        }
        save_or_retry(self.checks, self.job.customer, check).await?;
        Ok(true)
    }

    /// What the trigger status of a check's workflow stands for.
    async fn trigger(&self, check: &Check) -> Result<Trigger, Failure> {
        if !check.is_over() {
            return Ok(Trigger::Ours);
        }
        let latest = self.checks.latest(&check.key.customer, &check.key.workflow).await?;
        let is_late = self.clock.now().since(check.timing.state_since) > PROMPT;
        Ok(match latest {
            Some(latest) if latest.key.attempt > check.key.attempt => Trigger::New,
            _ if is_late => Trigger::PerhapsNew,
            _ => Trigger::Ours,
        })
    }

    /// Marks on the check what is about to be written.
    fn mark_in_progress(&self, plan: &Plan, check: &mut Check) {
        let mut until = self.job.deadline;
        check.timing.due_at = Some(until.after(Check::STEP_DUE));
        if plan.row.is_some() {
            check.sync.digest = None;
            if check.sync.row == Row::Absent {
                check.sync.row = Row::CreatePending;
            }
            if check.sync.row == Row::CreatePending {
                // Should the time run out, the row that is being added may appear after its writer is gone.
                until = until.after(ROW_SETTLES);
            }
        }
        check.sync.lease = Some(Lease { until });
        if let Some(target) = &plan.status {
            check.begin_status_move(target.clone(), self.clock.now());
        }
    }

    /// Writes to iCIMS. The three writes stand alone: one that fails does not undo another (docs/vendors/icims.md §4.2).
    /// Only where the workflow is not found is nothing more tried.
    async fn write(&self, check: &Check, plan: Plan, status: Option<StatusTask>) -> Vec<Written> {
        let Self { job, ats, provider, pdf, .. } = *self;
        let at = SyncTarget { job, ats, provider, pdf, check };
        let mut written = Vec::new();
        let found = |written: &[Written]| !written.iter().any(|written| matches!(written, Written::NotFound));
        if let Some(row) = &plan.row {
            written.push(row::write(&at, row).await);
        }
        if let Some(status) = status.filter(|_| found(&written)) {
            written.push(status::write(&at, &status).await);
        }
        if let Some(report) = plan.report.filter(|_| found(&written)) {
            written.push(report::write(&at, &report).await);
        }
        written
    }

    /// Lays what was achieved over the check, and over whatever was written meanwhile.
    async fn record(
        &self,
        check: &mut Check,
        written: &[Written],
        live: Option<&ReferenceRequest>,
    ) -> Result<(), Failure> {
        let (lease, state, since) = (check.sync.lease, check.state(), check.timing.state_since);
        let now = self.clock.now();
        let stamp = self.job.stamp(Actor::Updater, now);
        let overtaken = commit(self.checks, self.job.customer, check, |check| {
            let moved = (check.state(), check.timing.state_since) != (state, since);
            let theirs = check.sync.lease != lease;
            if theirs {
                // Somebody else wrote to iCIMS meanwhile: what it shows now is not known.
                check.sync.digest = None;
                check.timing.due_at = Some(now.after(Check::STEP_DUE));
            } else {
                achieved(check, written, live, &stamp);
            }
            if moved {
                // What was written is of yesterday: whoever moved the check may have died before notifying anybody.
                check.sync.digest = None;
            }
            if moved || (check.may_need_cancelling() && !check.cancel_rests(now)) {
                check.due_by(now.after(Check::RETRY_DUE));
            }
            theirs || moved
        })
        .await?;
        if overtaken {
            return Err(Failure::retry_after(Duration::from_secs(1), "another delivery wrote this check meanwhile"));
        }
        Ok(())
    }
}

/// Whether a finished check still waits for its report link (docs/vendors/crosschq.md §9.3).
fn report_missing(check: &Check, live: Option<&ReferenceRequest>) -> bool {
    check.state() == State::Completed && live.is_some_and(|live| live.report.is_none())
}

/// Lays what was achieved over a check, and says when the schedule comes by.
fn achieved(check: &mut Check, written: &[Written], live: Option<&ReferenceRequest>, stamp: &Stamp<'_>) {
    let now = stamp.now;
    let (mut refused, mut not_found, mut failed, mut later) = (false, false, false, false);
    check.sync.lease = None;
    for written in written {
        match written {
            Written::Row { digest, entry } => {
                check.row_written(digest.clone(), entry.clone(), stamp);
                check.workflow_found();
            }
            Written::Status { target, outcome } => {
                check.status_resolved(target.clone(), *outcome, stamp);
                check.workflow_found();
            }
            Written::Report(report) => later |= record_report(check, report, stamp),
            Written::Refused { why } => {
                refused = true;
                check.row_refused(why.clone(), stamp);
            }
            Written::NotFound => not_found = true,
            Written::Failed { may_appear, .. } => {
                failed = true;
                if *may_appear {
                    check.sync.lease = Some(Lease { until: now.after(ROW_SETTLES) });
                }
            }
        }
    }
    let given_up = check.is_over() && now.since(check.timing.state_since) > GIVE_UP_AFTER;
    let again = if not_found {
        match (check.workflow_missing(stamp), check.is_over()) {
            (false, _) => Check::MISSING_AGAIN,
            (true, true) => RETRY_GONE_AFTER,
            // The canceller cancels the request of a workflow that is gone.
            (true, false) => Check::STEP_DUE,
        }
    } else if failed {
        Check::RETRY_DUE
    } else if refused {
        RETRY_REFUSED_AFTER
    } else {
        check.settle_due(report_missing(check, live), now);
        if later {
            check.timing.due_at = Some(now.after(Check::STEP_DUE));
        }
        return;
    };
    check.timing.due_at = (!given_up).then(|| now.after(again));
}

/// Returns whether the report is tried again.
fn record_report(check: &mut Check, report: &Report, stamp: &Stamp<'_>) -> bool {
    match report {
        Report::Attached(attachment) => check.report_attached(attachment.clone(), true, stamp),
        Report::Known(attachment) => check.report_attached(attachment.clone(), false, stamp),
        Report::NotAttached { attachment, why } => {
            check.report_not_attached(attachment.clone(), why.clone(), stamp);
        }
        Report::Later(attachment) => check.sync.report.clone_from(attachment),
    }
    matches!(report, Report::Later(_))
}
