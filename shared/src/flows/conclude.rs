//! How a delivery of an order ends: each end is one write, laid over whatever was written meanwhile, and a message to
//! whoever goes on from there.

use crate::domain::{
    Actor, AtsTag, CancelReason, Check, FailureClass, Refusal, RequestId, Row, Source, Timestamp, What,
};
use crate::failure::{Failure, Outcome, Vendor};

use super::commit::commit;
use super::notify;
use super::request::{Delivery, Requester};

/// Whether an earlier create may have led to a request, when another one is not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EarlierCreate {
    /// There was none, or a look-up has shown that it led to nothing.
    None,
    /// One left and nothing shows what became of it.
    Possible,
}

impl Requester {
    /// Crosschq holds the request: record it over whatever was written meanwhile, then notify the others.
    pub(super) async fn record(
        &self,
        delivery: &Delivery<'_>,
        check: &mut Check,
        request: RequestId,
        what: What,
    ) -> Result<Outcome, Failure> {
        let now = self.clock.now();
        let template: Option<AtsTag> = check.template.clone();
        let recorded = commit(self.checks.as_ref(), delivery.customer, check, |check| {
            if check.request.is_none() {
                check.template = template.clone().or(check.template.take());
                check.requested(request.clone(), Actor::Requester, what.clone(), delivery.correlation_id, now);
            } else {
                check.record_duplicate(&request, Actor::Requester, delivery.correlation_id, now);
            }
        })
        .await;
        if let Err(failure) = recorded {
            // The request exists; only its record is missing. The next delivery has to look it up.
            return Err(Failure::Unconfirmed {
                after: Check::SETTLE,
                why: format!("created, not recorded: {failure}"),
            });
        }
        if check.request.as_ref() != Some(&request) {
            notify::duplicate_request(check, &request);
        }
        if check.cancel.is_some() {
            self.notify_canceller(delivery, check).await?;
        } else {
            self.notify_updater(delivery, check).await?;
        }
        Ok(Outcome::Requested)
    }

    pub(super) async fn end_refused(
        &self,
        delivery: &Delivery<'_>,
        check: &mut Check,
        refusal: Refusal,
        earlier: EarlierCreate,
    ) -> Result<Outcome, Failure> {
        if earlier == EarlierCreate::Possible {
            // This create was not carried out, but the one before may have been: only Crosschq can tell.
            let until = check.adoption_ends_at();
            tracing::warn!(customer.id = %check.key.customer, workflow.id = %check.key.workflow, check.attempt = check.key.attempt,
                why = %refusal.debug_message(), "order refused after a create whose outcome is unknown");
            return self.await_callback(delivery, check, until).await;
        }
        let now = self.clock.now();
        commit(self.checks.as_ref(), delivery.customer, check, |check| {
            if check.request.is_none() && !check.is_over() {
                check.refuse(refusal.clone(), Actor::Requester, delivery.correlation_id, now);
            }
        })
        .await?;
        tracing::warn!(customer.id = %check.key.customer, workflow.id = %check.key.workflow, check.attempt = check.key.attempt,
            why = %refusal.debug_message(), "order refused");
        self.notify_updater(delivery, check).await?;
        Ok(Outcome::Refused)
    }

    /// iCIMS answers 404 for something that the order needs. That may pass: the schedule looks again, for hours, before the
    /// order is refused.
    pub(super) async fn missing(
        &self,
        delivery: &Delivery<'_>,
        check: &mut Check,
        what: String,
        earlier: EarlierCreate,
    ) -> Result<Outcome, Failure> {
        let now = self.clock.now();
        if check.workflow_missing_since.is_some_and(|since| now.since(since) >= Check::MISSING_FOR) {
            return self.end_refused(delivery, check, Refusal::GoneFromAts { what }, earlier).await;
        }
        commit(self.checks.as_ref(), delivery.customer, check, |check| {
            if check.request.is_none() && !check.is_over() {
                check.workflow_missing_since.get_or_insert(now);
                let again = now.after(Check::MISSING_AGAIN).before(Check::RETRY_DUE);
                check.release(FailureClass::Missing, again, delivery.correlation_id, now);
            }
        })
        .await?;
        tracing::warn!(customer.id = %check.key.customer, workflow.id = %check.key.workflow, check.attempt = check.key.attempt,
            what, "not found in iCIMS, or hidden from the API user: the schedule looks again");
        Ok(Outcome::LeftToSchedule)
    }

    /// The candidate is rejected before a request was confirmed. If one may have left nonetheless, it is waited for.
    pub(super) async fn end_cancelled(
        &self,
        delivery: &Delivery<'_>,
        check: &mut Check,
        reason: CancelReason,
        earlier: EarlierCreate,
    ) -> Result<Outcome, Failure> {
        let now = self.clock.now();
        commit(self.checks.as_ref(), delivery.customer, check, |check| {
            check.want_cancel(reason, Actor::Requester, delivery.correlation_id, now);
            if check.request.is_none() && !check.is_over() && earlier == EarlierCreate::None {
                check.cancelled(false, Actor::Requester, delivery.correlation_id, now);
            }
        })
        .await?;
        if earlier == EarlierCreate::Possible && check.request.is_none() {
            let until = check.adoption_ends_at();
            return self.await_callback(delivery, check, until).await;
        }
        if check.is_over() {
            self.notify_updater(delivery, check).await?;
        } else {
            self.notify_canceller(delivery, check).await?;
        }
        Ok(Outcome::CancelledBeforeCreate)
    }

    /// Both creates may have left, or the second may not leave any more: a callback may still name the request. When the
    /// wait is over, a person has to look.
    pub(super) async fn await_callback(
        &self,
        delivery: &Delivery<'_>,
        check: &mut Check,
        until: Timestamp,
    ) -> Result<Outcome, Failure> {
        let now = self.clock.now();
        commit(self.checks.as_ref(), delivery.customer, check, |check| {
            if check.request.is_some() || check.is_over() {
                return;
            }
            if now < until {
                check.await_callback(until, delivery.correlation_id, now);
            } else if check.cancel.is_some() {
                check.cancelled(true, Actor::Requester, delivery.correlation_id, now);
            } else {
                check.refuse(Refusal::OutcomeUnknown, Actor::Requester, delivery.correlation_id, now);
            }
        })
        .await?;
        if check.is_over() {
            tracing::error!(customer.id = %check.key.customer, workflow.id = %check.key.workflow, check.attempt = check.key.attempt,
                "it is unknown whether Crosschq holds this check's request: manual action required");
        }
        self.notify_updater(delivery, check).await?;
        Ok(Outcome::AwaitingCallback)
    }

    /// Ends the lease, has the recruiter see that the order is taken, and hands the failure on. `no_effect`: the create that
    /// was counted last certainly did nothing.
    pub(super) async fn give_back(
        &self,
        delivery: &Delivery<'_>,
        check: &mut Check,
        no_effect: bool,
        failure: Failure,
    ) -> Result<Outcome, Failure> {
        let can_write = !matches!(failure, Failure::CredentialsRefused { vendor: Vendor::Icims, .. });
        let result = self.release(delivery, check, no_effect, failure).await;
        if check.shown.is_none() && check.row == Row::Absent && !check.is_over() && can_write {
            self.notify_updater(delivery, check).await?;
        }
        result
    }

    pub(super) async fn release(
        &self,
        delivery: &Delivery<'_>,
        check: &mut Check,
        no_effect: bool,
        failure: Failure,
    ) -> Result<Outcome, Failure> {
        let now = self.clock.now();
        let retry_at = match &failure {
            Failure::Retry { after: Some(after), .. } => now.after(*after),
            _ => now,
        };
        commit(self.checks.as_ref(), delivery.customer, check, |check| {
            if check.request.is_none() && !check.is_over() {
                if no_effect {
                    check.create_had_no_effect();
                }
                check.release(failure.class(), retry_at, delivery.correlation_id, now);
            }
        })
        .await?;
        Err(failure)
    }

    pub(super) async fn notify_updater(&self, delivery: &Delivery<'_>, check: &Check) -> Result<(), Failure> {
        notify::updater(self.queue.as_ref(), check, Source::Event, delivery.correlation_id).await
    }

    pub(super) async fn notify_canceller(&self, delivery: &Delivery<'_>, check: &Check) -> Result<(), Failure> {
        notify::canceller(self.queue.as_ref(), check, Source::Event, delivery.correlation_id).await
    }
}
