//! A candidate may have been rejected: cancel the open request, or see to it that a create in flight will be. The only
//! flow that acts on a wish to cancel.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{
    Actor, CancelReason, Cancellation, Check, CorrelationId, Customer, Intent, Phase, Rejection, RequestId, Source,
    Stamp, StatusId, Timestamp, look_again_in, meaning,
};
use crate::failure::{Failure, MANUAL, Outcome};
use crate::ports::{Ats, AtsError, CancelOutcome, Clock, ProviderError, Queue, ReferenceProvider, WriteChecks};

use super::support::commit::commit;
use super::support::job::Job;
use super::support::{notify, schedule, span};

/// How much earlier than the event came a move of ours may have begun that hides the rejection. Events are sent within
/// seconds, and may have to be sent again.
const EVENT_DELAY: Duration = Duration::from_secs(3600);

/// Follows rejections and withdrawals.
pub struct Canceller {
    pub checks: Arc<dyn WriteChecks>,
    /// The workflow's status, to confirm the rejection.
    pub ats: Arc<dyn Ats>,
    pub provider: Arc<dyn ReferenceProvider>,
    pub queue: Arc<dyn Queue>,
    pub clock: Arc<dyn Clock>,
}

/// Whether the candidate is out.
enum Confirmation {
    Out(CancelReason),
    /// They are, and a move of ours has hidden it: the workflow has to be moved back.
    Hidden(CancelReason, StatusId),
    In,
    /// iCIMS may not show it yet.
    MayLag(Duration),
    /// The workflow is not found: for too short a time to believe it.
    Missing,
}

impl Canceller {
    /// Cancels the open check of a workflow, if the ATS confirms that its candidate is out.
    ///
    /// # Errors
    /// [`Failure::Retry`] while either side cannot be read: what was reported is on the check by then. What the schedule
    /// wanted fails without an error.
    pub async fn cancel(
        &self,
        customer: &Customer,
        cancellation: &Cancellation,
        correlation_id: &CorrelationId,
        deadline: Timestamp,
    ) -> Result<Outcome, Failure> {
        let job = Job { customer, cause: correlation_id, deadline };
        let result = self.carry_out(&job, cancellation).await;
        let check = async || self.checks.latest(&customer.id, &cancellation.workflow).await;
        schedule::settle(self.checks.as_ref(), customer, cancellation.source, result, check, self.clock.now()).await
    }

    async fn carry_out(&self, job: &Job<'_>, cancellation: &Cancellation) -> Result<Outcome, Failure> {
        let Some(mut check) = self.checks.latest(&job.customer.id, &cancellation.workflow).await? else {
            // An order still in its queue will find the rejection when it looks at the workflow.
            return Ok(Outcome::NoCheckForWorkflow);
        };
        span::record(&check.key);
        let rejection = cancellation.rejection.clone().or(check.rejection().cloned());
        if let Some(rejection) = &rejection {
            self.wait_for_our_move(&check, rejection)?;
        }
        if check.is_over() {
            return self.after_the_end(job, &mut check, rejection.as_ref()).await;
        }
        if check.cancel_reason().is_none() {
            let reason = match self.confirm(job, &mut check, rejection.as_ref()).await {
                Ok(Confirmation::Out(reason)) => reason,
                Ok(Confirmation::Hidden(reason, status)) => {
                    self.move_back(job, &mut check, &status).await?;
                    reason
                }
                Ok(Confirmation::In) => {
                    self.dismiss(job, &mut check).await?;
                    return Ok(Outcome::NotRejected);
                }
                Ok(Confirmation::MayLag(after)) => {
                    self.remember(job, &mut check, rejection.as_ref()).await?;
                    return Err(Failure::retry_after(after, "iCIMS may not show the rejection yet"));
                }
                Ok(Confirmation::Missing) => return Ok(Outcome::LeftToSchedule),
                Err(failure) => {
                    self.remember(job, &mut check, rejection.as_ref()).await?;
                    return Err(failure);
                }
            };
            self.want(job, &mut check, reason).await?;
        }
        let (Phase::Open { request, .. }, Some(reason)) = (check.phase(), check.cancel_reason()) else {
            return self.without_call(job, &check).await;
        };
        if check.cancel_rests(self.clock.now()) {
            return Ok(Outcome::CancelDeferred);
        }
        let request = request.id.clone();
        self.cancel_request(job, &mut check, &request, reason, cancellation.source).await
    }

    /// No request is open: nothing is to be cancelled at Crosschq now.
    async fn without_call(&self, job: &Job<'_>, check: &Check) -> Result<Outcome, Failure> {
        if !check.is_over() {
            return Ok(Outcome::CancelMarked);
        }
        notify::updater(self.queue.as_ref(), check, Source::Event, job.cause).await?;
        Ok(Outcome::CancelledBeforeCreate)
    }

    /// The updater may be moving the workflow over the rejection right now: what the workflow shows then is not what the
    /// recruiter chose. It marked that on the check before it looked at the workflow.
    fn wait_for_our_move(&self, check: &Check, rejection: &Rejection) -> Result<(), Failure> {
        let now = self.clock.now();
        let moving = check.sync.status.pending().is_some() && is_recent(check, rejection);
        match check.sync.lease {
            Some(lease) if lease.until > now && moving => {
                // Not longer: whoever died while writing leaves a lease, and a message has only so many receives.
                let after = lease.until.since(now).min(Duration::from_secs(10));
                Err(Failure::retry_after(after, "the workflow is being moved"))
            }
            _ => Ok(()),
        }
    }

    /// A rejection of a candidate whose check has ended: nothing is left to cancel, but a move of ours may have hidden it.
    async fn after_the_end(
        &self,
        job: &Job<'_>,
        check: &mut Check,
        rejection: Option<&Rejection>,
    ) -> Result<Outcome, Failure> {
        if let Some(rejection) = rejection.filter(|rejection| is_recent(check, rejection)) {
            let status = match self.ats.workflow(job.customer, &check.key.workflow).await {
                Ok(workflow) => workflow.status,
                Err(AtsError::NotFound) => None,
                Err(error) => return Err(error.into()),
            };
            if status.is_some_and(|status| hides(check, rejection, &status)) {
                self.move_back(job, check, &rejection.status).await?;
            }
        }
        if check.needs_sync() {
            notify::updater(self.queue.as_ref(), check, Source::Event, job.cause).await?;
        }
        Ok(Outcome::CheckEnded)
    }

    /// Whether the candidate is out. A rejection always wins: where the workflow's status is hidden, nothing speaks against
    /// what the event reported.
    async fn confirm(
        &self,
        job: &Job<'_>,
        check: &mut Check,
        rejection: Option<&Rejection>,
    ) -> Result<Confirmation, Failure> {
        let sets = &job.customer.settings.icims.statuses;
        let reported = rejection.map(|rejection| match meaning(sets, &rejection.status) {
            Intent::Cancel(reason) => reason,
            // The customer's settings have changed since.
            Intent::Request | Intent::Ignore(_) => CancelReason::Rejected,
        });
        let status = match self.ats.workflow(job.customer, &check.key.workflow).await {
            Ok(workflow) => workflow.status,
            Err(AtsError::NotFound) => return self.missing(job, check, rejection, reported).await,
            Err(error) => return Err(error.into()),
        };
        if !check.sync.workflow.is_present() {
            self.commit(job, check, |check, _| check.workflow_found()).await?;
        }
        let Some(status) = status else { return Ok(reported.map_or(Confirmation::In, Confirmation::Out)) };
        if let Intent::Cancel(reason) = meaning(sets, &status) {
            return Ok(Confirmation::Out(reason));
        }
        let (Some(reason), Some(rejection)) = (reported, rejection) else { return Ok(Confirmation::In) };
        if is_recent(check, rejection) && hides(check, rejection, &status) {
            return Ok(Confirmation::Hidden(reason, rejection.status.clone()));
        }
        let late = look_again_in(&status, rejection.old_status.as_ref(), rejection.received_at, self.clock.now());
        Ok(late.map_or(Confirmation::In, Confirmation::MayLag))
    }

    /// The workflow is gone from the ATS, or hidden from us. Until that is believed, the schedule looks again; then what was
    /// reported stands, or the workflow's absence is reason enough.
    async fn missing(
        &self,
        job: &Job<'_>,
        check: &mut Check,
        rejection: Option<&Rejection>,
        reported: Option<CancelReason>,
    ) -> Result<Confirmation, Failure> {
        let gone = self
            .commit(job, check, |check, stamp| {
                let gone = check.workflow_missing(stamp);
                if !gone {
                    if let Some(rejection) = rejection {
                        check.report_rejection(rejection, stamp);
                    }
                    check.timing.due_at = Some(stamp.now.after(Check::MISSING_AGAIN));
                }
                gone
            })
            .await?;
        let reason = reported.unwrap_or(CancelReason::WorkflowGone);
        Ok(if gone { Confirmation::Out(reason) } else { Confirmation::Missing })
    }

    /// Moves the workflow back to where the recruiter had put it.
    async fn move_back(&self, job: &Job<'_>, check: &mut Check, status: &StatusId) -> Result<(), Failure> {
        let customer = job.customer;
        match self.ats.move_status(customer, &check.key.workflow, status).await {
            Ok(()) | Err(AtsError::NotFound) => {}
            Err(AtsError::Refused { why }) => {
                tracing::error!(action = MANUAL, %status, why,
                    "iCIMS refuses to move the workflow back to the recruiter's status: manual action required");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        self.commit(job, check, |check, stamp| check.status_restored(status.clone(), stamp)).await
    }

    /// This message may be lost before the ATS answers again; the check is not.
    async fn remember(&self, job: &Job<'_>, check: &mut Check, rejection: Option<&Rejection>) -> Result<(), Failure> {
        let Some(rejection) = rejection.filter(|_| check.rejection().is_none()) else { return Ok(()) };
        self.commit(job, check, |check, stamp| check.report_rejection(rejection, stamp)).await
    }

    async fn dismiss(&self, job: &Job<'_>, check: &mut Check) -> Result<(), Failure> {
        if check.rejection().is_none() && !check.sync.workflow.is_gone() {
            return Ok(());
        }
        self.commit(job, check, |check, stamp| {
            check.workflow_found();
            check.dismiss_rejection(stamp);
        })
        .await
    }

    async fn want(&self, job: &Job<'_>, check: &mut Check, reason: CancelReason) -> Result<(), Failure> {
        self.commit(job, check, |check, stamp| {
            check.want_cancel(reason, stamp);
            if check.never_sent(stamp.now) {
                check.cancelled(stamp);
            }
        })
        .await
    }

    async fn cancel_request(
        &self,
        job: &Job<'_>,
        check: &mut Check,
        request: &RequestId,
        reason: CancelReason,
        source: Source,
    ) -> Result<Outcome, Failure> {
        let customer = job.customer;
        let answer = match self.provider.cancel(customer, request, reason).await {
            Ok(outcome) => Answer::Cancel(outcome),
            Err(ProviderError::Unsupported) => Answer::NotOffered,
            Err(ProviderError::Refused { fields }) => Answer::Refused(fields),
            Err(error) => return Err(error.into()),
        };
        self.cancel_duplicates(customer, check, reason).await?;
        let refused = self
            .commit(job, check, |check, stamp| {
                answer.record(check, stamp);
                check.answers().cancel_refused_at == Some(stamp.now)
            })
            .await?;
        if refused {
            tracing::error!(action = MANUAL, reference_request.id = %request, "Crosschq did not cancel the request: manual action required");
        }
        notify::updater(self.queue.as_ref(), check, source, job.cause).await?;
        Ok(if refused { Outcome::CancelRefused } else { Outcome::Cancelled })
    }

    /// A second request that is known is nobody's either. Before the check is written: then a failure repeats it.
    async fn cancel_duplicates(&self, customer: &Customer, check: &Check, reason: CancelReason) -> Result<(), Failure> {
        for duplicate in check.duplicates() {
            match self.provider.cancel(customer, duplicate, reason).await {
                Ok(_) | Err(ProviderError::Unsupported) => {}
                Err(ProviderError::Refused { fields }) => refused_duplicate(duplicate, &fields),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn commit<T>(
        &self,
        job: &Job<'_>,
        check: &mut Check,
        mut apply: impl FnMut(&mut Check, &Stamp<'_>) -> T + Send,
    ) -> Result<T, Failure> {
        let stamp = job.stamp(Actor::Canceller, self.clock.now());
        commit(self.checks.as_ref(), job.customer, check, |check| apply(check, &stamp)).await
    }
}

fn refused_duplicate(duplicate: &RequestId, fields: &[String]) {
    tracing::error!(action = MANUAL, reference_request.id = %duplicate, ?fields,
        "Crosschq refuses to cancel a second request: manual action required");
}

/// What Crosschq answered to a cancel.
enum Answer {
    Cancel(CancelOutcome),
    NotOffered,
    Refused(Vec<String>),
}

impl Answer {
    fn record(&self, check: &mut Check, stamp: &Stamp<'_>) {
        match self {
            Self::Cancel(CancelOutcome::Cancelled) => check.cancelled(stamp),
            Self::Cancel(CancelOutcome::Gone) => check.request_missing(stamp),
            Self::Cancel(CancelOutcome::AlreadyCompleted) => check.cancel_too_late(stamp),
            Self::Refused(fields) => check.cancel_refused(fields, stamp),
            Self::NotOffered => check.cancelled_unconfirmed(stamp),
        }
    }
}

/// Whether we moved the workflow about when the event was sent, or later.
fn is_recent(check: &Check, rejection: &Rejection) -> bool {
    check.sync.status.began_at().is_some_and(|moved_at| moved_at.after(EVENT_DELAY) >= rejection.received_at)
}

/// Whether the workflow stands where we moved it, or meant to, over a rejection. One that left that very status came after
/// our move.
fn hides(check: &Check, rejection: &Rejection, status: &StatusId) -> bool {
    let ours =
        [check.sync.status.done(), check.sync.status.pending()].into_iter().flatten().any(|ours| ours.may_be(status));
    ours && rejection.old_status.as_ref().is_none_or(|old| !old.may_be(status))
}
