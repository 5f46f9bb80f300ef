//! Bringing what iCIMS shows in line with a check: the row, the workflow's status, the report PDF.

use std::time::Duration;

use crate::domain::{
    Actor, Check, CorrelationId, Customer, Digest, EntryId, Lease, Link, ReferenceRequest, Row, State, StatusId,
    Timestamp, View, What,
};
use crate::failure::Failure;
use crate::ports::{Ats, AtsError, ProviderError, ReferenceProvider};

use super::status_move::{Moved, move_status, settle};

/// How long after iCIMS refused a row it is tried again: somebody has to change a setting first.
const REFUSED_AGAIN_IN: Duration = Duration::from_secs(6 * 3600);
/// How long a finished check keeps trying to attach its PDF. The row, with the link, is there already: this is the
/// schedule's work, not the queue's.
const ATTACH_WITHIN: Duration = Duration::from_secs(86_400);
/// How long after an addition without answer the row may still appear: until then, no look finds it for certain.
const ROW_SETTLES: Duration = Duration::from_secs(30);
/// How long a finished check keeps trying to be shown.
const GIVE_UP_AFTER: Duration = Duration::from_secs(7 * 86_400);

/// Where things are shown, and what is shown there.
pub(super) struct Screen<'a> {
    pub(super) ats: &'a dyn Ats,
    pub(super) provider: &'a dyn ReferenceProvider,
    pub(super) customer: &'a Customer,
    /// Rows of the workflow's other checks.
    pub(super) held: &'a [EntryId],
    /// Since when a row may be one of this workflow's checks whose entry is not known.
    pub(super) since: Timestamp,
}

/// Whether a finished check still waits for its report link (facts crosschq §9.3).
pub(super) fn report_missing(check: &Check, live: Option<&ReferenceRequest>) -> bool {
    check.state == State::Completed && live.is_some_and(|live| live.report.is_none())
}

/// What has to be written to iCIMS.
#[derive(Debug)]
pub(super) struct Plan {
    row: Option<(View, Digest)>,
    status: Option<StatusId>,
    /// A move that was begun, is not wanted any more, and may have undone somebody else's.
    unsettled: Option<StatusId>,
    pdf: Option<Link>,
}

impl Plan {
    /// Compares what should be shown with what was last written.
    pub(super) fn of(customer: &Customer, check: &Check, live: Option<&ReferenceRequest>) -> Self {
        if check.gone_from_ats {
            return Self { row: None, status: None, unsettled: None, pdf: None };
        }
        let icims = &customer.settings.icims;
        // A check that holds a request is shown only from what Crosschq just told: counts and link are not kept here.
        let tellable = live.is_some() || check.request.is_none() || check.is_over();
        let row = View::of(check, live)
            .filter(|_| tellable)
            .map(|view| {
                let digest = view.digest();
                (view, digest)
            })
            .filter(|(_, digest)| check.shown.as_ref() != Some(digest));
        // Once it is to be cancelled a recruiter has put the candidate elsewhere, or an operator wants it left alone.
        let stays = check.cancel.is_some() && !check.is_over();
        let status = icims
            .stage_statuses
            .of(check.state)
            .filter(|&wanted| !stays && check.moved_to.as_ref() != Some(wanted))
            .cloned();
        let unsettled = check.moving_to.clone().filter(|_| status.is_none());
        let pdf = live
            .filter(|_| {
                icims.attach_pdf_field.is_some() && check.state == State::Completed && !check.attachment_settled
            })
            .and_then(|live| live.full_pdf.clone());
        Self { row, status, unsettled, pdf }
    }

    /// Whether iCIMS shows all it should.
    pub(super) fn is_empty(&self) -> bool {
        self.row.is_none() && self.status.is_none() && self.unsettled.is_none() && self.pdf.is_none()
    }

    /// Whether a row has to be found or added: then the rows of the workflow's other checks have to be known.
    pub(super) fn seeks_row(&self, check: &Check) -> bool {
        let known = matches!(check.row, Row::Entry(_));
        // The first attempt adds its first row without a look: nothing can be mistaken for it yet.
        self.row.is_some() && !known && (check.key.attempt > 1 || check.row == Row::Intended)
    }

    /// Marks on the check what is about to be written, until when.
    pub(super) fn intend(&self, check: &mut Check, until: Timestamp) {
        check.showing = Some(Lease { until });
        if self.row.is_some() {
            check.shown = None;
            if check.row == Row::Absent {
                check.row = Row::Intended;
            }
        }
        if self.status.is_some() {
            check.moving_to = self.status.clone();
        }
        check.due_at = Some(until.after(Check::STEP_DUE));
    }

    /// Writes to iCIMS. `before` is the check before the intention was marked. The three writes stand alone: one that
    /// fails does not undo another (facts icims §4.2).
    pub(super) async fn carry_out(
        &self,
        screen: &Screen<'_>,
        check: &Check,
        before: &Check,
        live: Option<&ReferenceRequest>,
        correlation_id: &CorrelationId,
    ) -> Shown {
        let Screen { ats, customer, .. } = *screen;
        let mut shown = Shown::default();
        if let Some((view, digest)) = &self.row {
            match write_row(screen, check, &before.row, view).await {
                Ok(entry) => {
                    shown.entry = entry;
                    shown.digest = Some(digest.clone());
                }
                Err(Unwritten { error, may_appear }) => {
                    shown.row_may_appear = may_appear;
                    shown.fail("row", check, error, correlation_id);
                }
            }
        }
        if let Some(status) = self.status.as_ref().filter(|_| !shown.gone) {
            match move_status(ats, customer, check, status, before.moving_to.as_ref()).await {
                Ok(moved) => shown.moved = Some((status.clone(), moved)),
                Err(AtsError::Refused { why }) => {
                    tracing::error!(customer.id = %customer.id, workflow.id = %check.key.workflow, why,
                        "iCIMS refuses to move the workflow");
                    shown.moved = Some((status.clone(), Moved::Refused));
                }
                Err(error) => shown.fail("status", check, error, correlation_id),
            }
        }
        if let Some(begun) = self.unsettled.as_ref().filter(|_| !shown.gone) {
            match settle(ats, customer, &check.key.workflow, begun).await {
                Ok(moved) => shown.settled = Some(moved),
                Err(error) => shown.fail("status", check, error, correlation_id),
            }
        }
        if let (Some(link), Some(field), Some(live)) =
            (self.pdf.as_ref().filter(|_| !shown.gone), &customer.settings.icims.attach_pdf_field, live)
        {
            match attach(screen, check, field, link, live).await {
                Ok(settled) => shown.attachment = Some(settled),
                Err(failure) => {
                    tracing::warn!(customer.id = %customer.id, workflow.id = %check.key.workflow, why = %failure,
                        "the report PDF is attached later");
                    shown.attach_later = Some(failure.class());
                }
            }
        }
        shown
    }
}

/// What was achieved.
#[derive(Debug, Default)]
pub(super) struct Shown {
    entry: Option<EntryId>,
    digest: Option<Digest>,
    moved: Option<(StatusId, Moved)>,
    settled: Option<Moved>,
    attachment: Option<Result<(), String>>,
    attach_later: Option<&'static str>,
    refused: Option<String>,
    gone: bool,
    /// An addition left and no answer came.
    row_may_appear: bool,
    /// What the record goes back to the queue with.
    pub(super) failure: Option<Failure>,
}

impl Shown {
    /// Whether the move came upon a rejection.
    pub(super) fn met_rejection(&self, customer: &Customer) -> bool {
        self.moved.iter().map(|(_, moved)| moved).chain(&self.settled).any(|moved| moved.is_rejection(customer))
    }

    fn fail(&mut self, what: &'static str, check: &Check, error: AtsError, correlation_id: &CorrelationId) {
        match error {
            AtsError::NotFound => {
                tracing::error!(customer.id = %check.key.customer, workflow.id = %check.key.workflow, correlation.id = %correlation_id,
                    what, "the workflow is gone from iCIMS, or hidden from the API user");
                self.gone = true;
            }
            AtsError::Refused { why } => {
                tracing::error!(customer.id = %check.key.customer, workflow.id = %check.key.workflow, correlation.id = %correlation_id,
                    what, why, "iCIMS refuses what we write");
                self.refused = Some(why);
            }
            other => self.failure = self.failure.take().or(Some(other.into())),
        }
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
                Moved::PutBack(theirs) => What::StatusPutBack { status: theirs.clone() },
                Moved::Left(_) | Moved::Refused => What::StatusKept,
            };
            check.note(by, what, correlation_id, now);
        }
        if let Some(moved) = &self.settled {
            check.moving_to = None;
            if let Moved::PutBack(theirs) = moved {
                check.note(by, What::StatusPutBack { status: theirs.clone() }, correlation_id, now);
            }
        }
        match &self.attachment {
            Some(Ok(())) => {
                check.attachment_settled = true;
                check.note(by, What::Attached, correlation_id, now);
            }
            Some(Err(why)) => {
                check.attachment_settled = true;
                check.note(by, What::NotAttached { why: why.clone() }, correlation_id, now);
            }
            None => {}
        }
        let waited = now.since(check.state_since);
        if let Some(class) = self.attach_later
            && waited > ATTACH_WITHIN
        {
            check.attachment_settled = true;
            check.note(by, What::NotAttached { why: class.to_owned() }, correlation_id, now);
        }
        if self.gone {
            check.gone_from_ats = true;
            check.note(by, What::GoneFromAts, correlation_id, now);
        }
        if let Some(why) = &self.refused {
            check.note(by, What::NotShown { why: why.clone() }, correlation_id, now);
        }
        let given_up = check.is_over() && waited > GIVE_UP_AFTER;
        if self.failure.is_some() {
            check.due_at = (!given_up).then(|| now.after(Check::RETRY_DUE));
        } else if self.refused.is_some() {
            check.due_at = (!given_up).then(|| now.after(REFUSED_AGAIN_IN));
        } else {
            check.settle_due(report_missing(check, live) && !self.gone, now);
            if self.attach_later.is_some() && !check.attachment_settled {
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

/// Writes the row where it is, or where it can be found, or anew.
async fn write_row(screen: &Screen<'_>, check: &Check, row: &Row, view: &View) -> Result<Option<EntryId>, Unwritten> {
    let Screen { ats, customer, held, since, .. } = *screen;
    let workflow = &check.key.workflow;
    let known = match row {
        Row::Entry(entry) => Some(entry.clone()),
        Row::Intended => ats.find_row(customer, workflow, since, held).await?,
        Row::Absent => None,
    };
    if let Some(entry) = known {
        match ats.change_row(customer, workflow, &entry, view).await {
            Ok(()) => return Ok(Some(entry)),
            // Somebody deleted the row; if it is the workflow that is gone, adding will tell.
            Err(AtsError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    match ats.add_row(customer, workflow, view).await {
        Ok(Some(entry)) => Ok(Some(entry)),
        Ok(None) => Ok(ats.find_row(customer, workflow, check.created_at, held).await?),
        Err(error) => {
            let may_appear = matches!(error, AtsError::Unavailable { .. });
            Err(Unwritten { error, may_appear })
        }
    }
}

/// Fetches the report PDF and attaches it. `Ok(Err(why))`: it cannot be attached, now or later.
async fn attach(
    screen: &Screen<'_>,
    check: &Check,
    field: &str,
    link: &Link,
    live: &ReferenceRequest,
) -> Result<Result<(), String>, Failure> {
    let Screen { ats, provider, customer, .. } = *screen;
    let pdf = match provider.fetch_pdf(customer, link).await {
        Ok(pdf) => pdf,
        // The link may have expired between reading it and following it: the next delivery reads a fresh one.
        Err(
            error @ (ProviderError::Unavailable { .. } | ProviderError::RateLimited { .. } | ProviderError::Ours(_)),
        ) => {
            return Err(error.into());
        }
        Err(error) => return Ok(Err(error.to_string())),
    };
    let name = format!("crosschq-360-{}.pdf", live.id);
    match ats.attach_pdf(customer, &check.key.workflow, field, &name, pdf).await {
        Ok(()) => Ok(Ok(())),
        Err(AtsError::Refused { why }) => Ok(Err(why)),
        Err(AtsError::NotFound) => Ok(Err("the file field was not found, or the API user may not see it".to_owned())),
        Err(error) => Err(error.into()),
    }
}
