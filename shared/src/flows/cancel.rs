//! A candidate may have been rejected: cancel the open request, or see to it that a create in flight will be.

use std::sync::Arc;

use crate::domain::{Actor, CancelReason, Cancellation, Check, CorrelationId, Customer, Intent, What, meaning};
use crate::failure::{Failure, Outcome};
use crate::ports::{Ats, AtsError, CancelOutcome, CheckStore, Clock, ProviderError, Queue, ReferenceProvider};

use super::commit::commit;
use super::tell;

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

impl Canceller {
    /// Cancels the open check of a workflow, if the ATS confirms that its candidate is out.
    ///
    /// # Errors
    /// [`Failure::Retry`] while either side cannot be asked: the wish to cancel is already recorded then, unless it was
    /// the ATS that could not be asked.
    pub async fn cancel(
        &self,
        customer: &Customer,
        cancellation: &Cancellation,
        correlation_id: &CorrelationId,
    ) -> Result<Outcome, Failure> {
        let Some(mut check) = self.checks.latest(&customer.id, &cancellation.workflow).await? else {
            // An order still in its queue will find the rejection when it looks at the workflow.
            return Ok(Outcome::Ignored("no check for this workflow"));
        };
        if check.is_over() {
            if check.may_need_showing() {
                tell::updater(self.queue.as_ref(), &check, correlation_id).await?;
            }
            return Ok(Outcome::Ignored("the check is over"));
        }
        if check.cancel.is_none() {
            let reason = match self.confirm(customer, cancellation).await {
                Ok(Some(reason)) => reason,
                Ok(None) => {
                    self.dismiss(customer, &mut check, correlation_id).await?;
                    return Ok(Outcome::Ignored("the candidate is not rejected"));
                }
                Err(failure) => {
                    self.remember(customer, &mut check, correlation_id).await?;
                    return Err(failure);
                }
            };
            self.want(customer, &mut check, reason, correlation_id).await?;
        }
        if check.is_over() {
            tell::updater(self.queue.as_ref(), &check, correlation_id).await?;
            return Ok(Outcome::Done("cancelled before it was sent"));
        }
        if !check.state.is_open_at_crosschq() {
            return Ok(Outcome::Done("marked: whoever creates it will have it cancelled"));
        }
        self.cancel_request(customer, &mut check, correlation_id).await
    }

    /// Why the candidate is out, if they are. A rejection always wins: a hidden status counts as confirmed.
    async fn confirm(&self, customer: &Customer, cancellation: &Cancellation) -> Result<Option<CancelReason>, Failure> {
        match self.ats.workflow(customer, &cancellation.workflow).await {
            Ok(workflow) => Ok(match workflow.status {
                None => Some(CancelReason::Rejected),
                Some(status) => match meaning(&customer.settings.icims.statuses, &status) {
                    Intent::Cancel(reason) => Some(reason),
                    Intent::Request | Intent::Ignore(_) => None,
                },
            }),
            Err(AtsError::NotFound) => Ok(Some(CancelReason::WorkflowGone)),
            Err(error) => Err(error.into()),
        }
    }

    /// This message may be buried before the ATS answers again; the check is not.
    async fn remember(
        &self,
        customer: &Customer,
        check: &mut Check,
        correlation_id: &CorrelationId,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        if check.cancel_told {
            return Ok(());
        }
        let tell = |check: &mut Check| check.tell_cancel(Actor::Canceller, correlation_id, now);
        commit(self.checks.as_ref(), customer, check, tell).await
    }

    async fn dismiss(
        &self,
        customer: &Customer,
        check: &mut Check,
        correlation_id: &CorrelationId,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        if !check.cancel_told {
            return Ok(());
        }
        let dismiss = |check: &mut Check| check.dismiss_cancel(Actor::Canceller, correlation_id, now);
        commit(self.checks.as_ref(), customer, check, dismiss).await
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
            if check.never_left(now) {
                check.cancelled(false, Actor::Canceller, correlation_id, now);
            }
        })
        .await
    }

    async fn cancel_request(
        &self,
        customer: &Customer,
        check: &mut Check,
        correlation_id: &CorrelationId,
    ) -> Result<Outcome, Failure> {
        let (Some(request), Some(reason)) = (check.request.clone(), check.cancel) else {
            return Err(Failure::internal("an open check without request id or reason to cancel"));
        };
        let outcome = match self.provider.cancel(customer, &request, reason).await {
            Ok(outcome) => Ok(outcome),
            Err(ProviderError::Unsupported) => Err(()),
            Err(error) => return Err(error.into()),
        };
        self.cancel_strays(customer, check, reason).await?;
        let now = self.clock.now();
        commit(self.checks.as_ref(), customer, check, |check| {
            if check.is_over() {
                return;
            }
            match outcome {
                Ok(CancelOutcome::Cancelled) => check.cancelled(false, Actor::Canceller, correlation_id, now),
                Ok(CancelOutcome::Gone) => check.gone_from_crosschq(Actor::Canceller, correlation_id, now),
                Ok(CancelOutcome::AlreadyCompleted) => {
                    check.note(Actor::Canceller, What::CancelTooLate, correlation_id, now);
                }
                Err(()) => check.cancelled(true, Actor::Canceller, correlation_id, now),
            }
        })
        .await?;
        tell::updater(self.queue.as_ref(), check, correlation_id).await?;
        Ok(Outcome::Done("cancelled"))
    }

    /// A second request that is known is nobody's either. Before the check is written: then a failure repeats it.
    async fn cancel_strays(&self, customer: &Customer, check: &Check, reason: CancelReason) -> Result<(), Failure> {
        for stray in check.strays() {
            match self.provider.cancel(customer, stray, reason).await {
                Ok(_) | Err(ProviderError::Unsupported) => {}
                Err(ProviderError::Refused { fields }) => {
                    tracing::error!(customer.id = %customer.id, reference_request.id = %stray, ?fields,
                        "Crosschq refuses to cancel a second request: it needs a person");
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
