//! A candidate may have been rejected: cancel the open request, or see to it that a create in flight will be. The only
//! flow that acts on a wish to cancel.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{
    Actor, CancelReason, Cancellation, Check, CorrelationId, Customer, Intent, Rejection, RequestId, Source, StatusId,
    Timestamp, What, look_again_in, meaning,
};
use crate::failure::{Failure, Outcome};
use crate::ports::{Ats, AtsError, CancelOutcome, CheckStore, Clock, ProviderError, Queue, ReferenceProvider};

use super::commit::commit;
use super::{notify, schedule};

/// How much earlier than the event came a move of ours may have begun that hides the rejection. Events are sent within
/// seconds, and may have to be sent again.
const EVENT_DELAY: Duration = Duration::from_secs(3600);

/// Follows rejections and withdrawals.
pub struct Canceller {
    /// The checks.
    pub checks: Arc<dyn CheckStore>,
    /// The workflow's status, to confirm the rejection.
    pub ats: Arc<dyn Ats>,
    /// Cancel.
    pub provider: Arc<dyn ReferenceProvider>,
    /// Towards the updater.
    pub queue: Arc<dyn Queue>,
    /// The present.
    pub clock: Arc<dyn Clock>,
}

/// Whether the candidate is out.
enum Confirmation {
    /// They are.
    Out(CancelReason),
    /// They are, and a move of ours has hidden it: the workflow has to be moved back.
    Hidden(CancelReason, StatusId),
    /// They are not.
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
    ) -> Result<Outcome, Failure> {
        let result = self.carry_out(customer, cancellation, correlation_id).await;
        let check = async || self.checks.latest(&customer.id, &cancellation.workflow).await;
        schedule::settle(self.checks.as_ref(), customer, cancellation.source, result, check, self.clock.now()).await
    }

    async fn carry_out(
        &self,
        customer: &Customer,
        cancellation: &Cancellation,
        correlation_id: &CorrelationId,
    ) -> Result<Outcome, Failure> {
        let Some(mut check) = self.checks.latest(&customer.id, &cancellation.workflow).await? else {
            // An order still in its queue will find the rejection when it looks at the workflow.
            return Ok(Outcome::NoCheckForWorkflow);
        };
        let rejection = cancellation.rejection.clone().or(check.rejection.clone());
        if let Some(rejection) = &rejection {
            self.wait_for_our_move(&check, rejection)?;
        }
        if check.is_over() {
            return self.after_the_end(customer, &mut check, rejection.as_ref(), correlation_id).await;
        }
        if check.cancel.is_none() {
            let confirmation = match self.confirm(customer, &mut check, rejection.as_ref(), correlation_id).await {
                Ok(confirmation) => confirmation,
                Err(failure) => {
                    self.remember(customer, &mut check, rejection.as_ref(), correlation_id).await?;
                    return Err(failure);
                }
            };
            let reason = match confirmation {
                Confirmation::Out(reason) => reason,
                Confirmation::Hidden(reason, status) => {
                    self.move_back(customer, &mut check, &status, correlation_id).await?;
                    reason
                }
                Confirmation::In => {
                    self.dismiss(customer, &mut check, correlation_id).await?;
                    return Ok(Outcome::NotRejected);
                }
                Confirmation::MayLag(after) => {
                    self.remember(customer, &mut check, rejection.as_ref(), correlation_id).await?;
                    return Err(Failure::retry_after(after, "iCIMS may not show the rejection yet"));
                }
                Confirmation::Missing => return Ok(Outcome::LeftToSchedule),
            };
            self.want(customer, &mut check, reason, correlation_id).await?;
        }
        if check.is_over() {
            notify::updater(self.queue.as_ref(), &check, Source::Event, correlation_id).await?;
            return Ok(Outcome::CancelledBeforeCreate);
        }
        if !check.state.is_open_at_crosschq() {
            return Ok(Outcome::CancelMarked);
        }
        if check.cancel_rests(self.clock.now()) {
            return Ok(Outcome::CancelDeferred);
        }
        self.cancel_request(customer, &mut check, cancellation.source, correlation_id).await
    }

    /// The updater may be moving the workflow over the rejection right now: what the workflow shows then is not what the
    /// recruiter chose. It marked that on the check before it looked at the workflow.
    fn wait_for_our_move(&self, check: &Check, rejection: &Rejection) -> Result<(), Failure> {
        let now = self.clock.now();
        match check.showing {
            Some(lease) if lease.until > now && check.moving_to.is_some() && is_recent(check, rejection) => {
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
        customer: &Customer,
        check: &mut Check,
        rejection: Option<&Rejection>,
        correlation_id: &CorrelationId,
    ) -> Result<Outcome, Failure> {
        if let Some(rejection) = rejection.filter(|rejection| is_recent(check, rejection)) {
            let status = match self.ats.workflow(customer, &check.key.workflow).await {
                Ok(workflow) => workflow.status,
                Err(AtsError::NotFound) => None,
                Err(error) => return Err(error.into()),
            };
            if status.is_some_and(|status| hides(check, rejection, &status)) {
                self.move_back(customer, check, &rejection.status, correlation_id).await?;
            }
        }
        if check.needs_sync() {
            notify::updater(self.queue.as_ref(), check, Source::Event, correlation_id).await?;
        }
        Ok(Outcome::CheckEnded)
    }

    /// Whether the candidate is out. A rejection always wins: where the workflow's status is hidden, nothing speaks against
    /// what the event reported.
    async fn confirm(
        &self,
        customer: &Customer,
        check: &mut Check,
        rejection: Option<&Rejection>,
        correlation_id: &CorrelationId,
    ) -> Result<Confirmation, Failure> {
        let sets = &customer.settings.icims.statuses;
        let reported = rejection.map(|rejection| match meaning(sets, &rejection.status) {
            Intent::Cancel(reason) => reason,
            // The customer's settings have changed since.
            Intent::Request | Intent::Ignore(_) => CancelReason::Rejected,
        });
        let status = match self.ats.workflow(customer, &check.key.workflow).await {
            Ok(workflow) => workflow.status,
            Err(AtsError::NotFound) => {
                return self.missing(customer, check, rejection, reported, correlation_id).await;
            }
            Err(error) => return Err(error.into()),
        };
        if check.workflow_missing_since.is_some() {
            let found = |check: &mut Check| check.workflow_found();
            commit(self.checks.as_ref(), customer, check, found).await?;
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
        customer: &Customer,
        check: &mut Check,
        rejection: Option<&Rejection>,
        reported: Option<CancelReason>,
        correlation_id: &CorrelationId,
    ) -> Result<Confirmation, Failure> {
        let now = self.clock.now();
        let gone = commit(self.checks.as_ref(), customer, check, |check| {
            let gone = check.workflow_missing(Actor::Canceller, correlation_id, now);
            if !gone {
                if let Some(rejection) = rejection {
                    check.report_rejection(rejection, Actor::Canceller, correlation_id, now);
                }
                check.due_at = Some(now.after(Check::MISSING_AGAIN));
            }
            gone
        })
        .await?;
        let reason = reported.unwrap_or(CancelReason::WorkflowGone);
        Ok(if gone { Confirmation::Out(reason) } else { Confirmation::Missing })
    }

    /// Moves the workflow back to where the recruiter had put it.
    async fn move_back(
        &self,
        customer: &Customer,
        check: &mut Check,
        status: &StatusId,
        correlation_id: &CorrelationId,
    ) -> Result<(), Failure> {
        match self.ats.move_status(customer, &check.key.workflow, status).await {
            Ok(()) | Err(AtsError::NotFound) => {}
            Err(AtsError::Refused { why }) => {
                tracing::error!(customer.id = %customer.id, workflow.id = %check.key.workflow, %status, why,
                    "iCIMS refuses to move the workflow back to the recruiter's status: manual action required");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        let now = self.clock.now();
        commit(self.checks.as_ref(), customer, check, |check| {
            // Left alone from now on.
            check.moved_to = check.moving_to.take().or(check.moved_to.take());
            check.moved_at = None;
            let what = What::StatusPutBack { status: status.clone() };
            check.note(Actor::Canceller, what, correlation_id, now);
        })
        .await
    }

    /// This message may be lost before the ATS answers again; the check is not.
    async fn remember(
        &self,
        customer: &Customer,
        check: &mut Check,
        rejection: Option<&Rejection>,
        correlation_id: &CorrelationId,
    ) -> Result<(), Failure> {
        let Some(rejection) = rejection.filter(|_| check.rejection.is_none()) else { return Ok(()) };
        let now = self.clock.now();
        commit(self.checks.as_ref(), customer, check, |check| {
            check.report_rejection(rejection, Actor::Canceller, correlation_id, now);
        })
        .await
    }

    async fn dismiss(
        &self,
        customer: &Customer,
        check: &mut Check,
        correlation_id: &CorrelationId,
    ) -> Result<(), Failure> {
        if check.rejection.is_none() && !check.workflow_gone {
            return Ok(());
        }
        let now = self.clock.now();
        commit(self.checks.as_ref(), customer, check, |check| {
            check.workflow_found();
            check.dismiss_rejection(Actor::Canceller, correlation_id, now);
        })
        .await
    }

    async fn want(
        &self,
        customer: &Customer,
        check: &mut Check,
        reason: CancelReason,
        correlation_id: &CorrelationId,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        commit(self.checks.as_ref(), customer, check, |check| {
            check.want_cancel(reason, Actor::Canceller, correlation_id, now);
            if check.never_sent(now) {
                check.cancelled(false, Actor::Canceller, correlation_id, now);
            }
        })
        .await
    }

    async fn cancel_request(
        &self,
        customer: &Customer,
        check: &mut Check,
        source: Source,
        correlation_id: &CorrelationId,
    ) -> Result<Outcome, Failure> {
        let (Some(request), Some(reason)) = (check.request.clone(), check.cancel) else {
            return Err(Failure::bug("an open check without request id or reason to cancel"));
        };
        let outcome = match self.provider.cancel(customer, &request, reason).await {
            Ok(outcome) => Cancelled::Answered(outcome),
            Err(ProviderError::Unsupported) => Cancelled::NotOffered,
            Err(ProviderError::Refused { fields }) => Cancelled::Refused(fields),
            Err(error) => return Err(error.into()),
        };
        self.cancel_duplicates(customer, check, reason).await?;
        let now = self.clock.now();
        let refused = commit(self.checks.as_ref(), customer, check, |check| {
            outcome.record(check, correlation_id, now);
            check.cancel_refused_at == Some(now)
        })
        .await?;
        if refused {
            tracing::error!(customer.id = %customer.id, workflow.id = %check.key.workflow, check.attempt = check.key.attempt,
                reference_request.id = %request, "Crosschq did not cancel the request: manual action required");
        }
        notify::updater(self.queue.as_ref(), check, source, correlation_id).await?;
        Ok(if refused { Outcome::CancelRefused } else { Outcome::Cancelled })
    }

    /// A second request that is known is nobody's either. Before the check is written: then a failure repeats it.
    async fn cancel_duplicates(&self, customer: &Customer, check: &Check, reason: CancelReason) -> Result<(), Failure> {
        for duplicate in &check.duplicates {
            match self.provider.cancel(customer, duplicate, reason).await {
                Ok(_) | Err(ProviderError::Unsupported) => {}
                Err(ProviderError::Refused { fields }) => refused_duplicate(customer, duplicate, &fields),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

fn refused_duplicate(customer: &Customer, duplicate: &RequestId, fields: &[String]) {
    tracing::error!(customer.id = %customer.id, reference_request.id = %duplicate, ?fields,
        "Crosschq refuses to cancel a second request: manual action required");
}

/// What became of a cancel.
enum Cancelled {
    Answered(CancelOutcome),
    NotOffered,
    Refused(Vec<String>),
}

impl Cancelled {
    fn record(&self, check: &mut Check, correlation_id: &CorrelationId, now: Timestamp) {
        if check.is_over() {
            return;
        }
        let by = Actor::Canceller;
        match self {
            Self::Answered(CancelOutcome::Cancelled) => check.cancelled(false, by, correlation_id, now),
            Self::Answered(CancelOutcome::Gone) => check.request_missing(by, correlation_id, now),
            Self::Answered(CancelOutcome::AlreadyCompleted) => {
                check.cancel_refused(What::CancelTooLate, by, correlation_id, now);
            }
            Self::Refused(fields) => {
                let what = What::CancelRefused { fields: fields.clone() };
                check.cancel_refused(what, by, correlation_id, now);
            }
            Self::NotOffered => check.cancelled(true, by, correlation_id, now),
        }
    }
}

/// Whether we moved the workflow about when the event was sent, or later.
fn is_recent(check: &Check, rejection: &Rejection) -> bool {
    check.moved_at.is_some_and(|moved_at| moved_at.after(EVENT_DELAY) >= rejection.received_at)
}

/// Whether the workflow stands where we moved it, or meant to, over a rejection. One that left that very status came after
/// our move.
fn hides(check: &Check, rejection: &Rejection, status: &StatusId) -> bool {
    let ours = check.moved_to.iter().chain(&check.moving_to).any(|ours| ours.may_be(status));
    ours && rejection.old_status.as_ref().is_none_or(|old| !old.may_be(status))
}
