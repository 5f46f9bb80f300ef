//! An order is to be carried out: claim the check, look again, create the request exactly once in effect.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{
    Actor, AtsTag, CancelReason, Check, CheckKey, CorrelationId, CreateStep, Customer, Intent, NewCheck, Order,
    ReferenceOrder, Refusal, RequestId, State, Timestamp, What, candidate_of, meaning, resolve_template,
};
use crate::failure::{Failure, Outcome};
use crate::ports::{Ats, CheckStore, Clock, CreateError, ProviderError, Queue, ReferenceProvider, Write};

use super::commit::commit;
use super::facts;
use super::look_up::Looked;
use super::tell;

/// What has to be left of the time for a create to be begun, beside the customer's own Crosschq timeout: recording its
/// outcome.
const RECORDING: Duration = Duration::from_secs(3);

/// Carries orders out.
pub struct Requester {
    /// The checks.
    pub checks: Arc<dyn CheckStore>,
    /// Status, candidate, requisition, staff.
    pub ats: Arc<dyn Ats>,
    /// Create and look-up.
    pub provider: Arc<dyn ReferenceProvider>,
    /// Towards updater and canceller.
    pub queue: Arc<dyn Queue>,
    /// The present.
    pub clock: Arc<dyn Clock>,
}

/// One delivery of one order.
struct Delivery<'a> {
    customer: &'a Customer,
    correlation_id: &'a CorrelationId,
    /// When this process is stopped; also the end of the lease.
    deadline: Timestamp,
}

/// Whether an earlier create may have led to a request, when another one is not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// There was none, or a look-up has shown that it led to nothing.
    Nothing,
    /// One left and nothing tells what became of it.
    Perhaps,
}

/// Why a create was not begun.
enum Hindrance {
    /// A person has to mend something.
    Refused(Refusal),
    /// The recruiter rejected the candidate, or the workflow is gone.
    Cancelled(CancelReason),
    /// Later, perhaps.
    Failed(Failure),
}

impl From<Failure> for Hindrance {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Permanent(refusal) => Self::Refused(refusal),
            other => Self::Failed(other),
        }
    }
}

impl Requester {
    /// Carries an order out, or finishes what an earlier delivery began. `deadline` is when this process may be
    /// stopped: the claim's lease ends then.
    ///
    /// # Errors
    /// [`Failure::Retry`] and [`Failure::Internal`] leave the claim released, [`Failure::Unconfirmed`] leaves it to be
    /// looked up; a refusal is no error here: it ends the check and is shown in the ATS.
    pub async fn request(
        &self,
        customer: &Customer,
        order: &ReferenceOrder,
        correlation_id: &CorrelationId,
        deadline: Timestamp,
    ) -> Result<Outcome, Failure> {
        let delivery = Delivery { customer, correlation_id, deadline };
        let now = self.clock.now();
        let key = CheckKey { customer: customer.id.clone(), workflow: order.workflow.clone(), attempt: order.attempt };
        let mut check = Check::claim(NewCheck { key, order, correlation_id }, deadline, now);
        match self.checks.insert(&check, customer.settings.retention_days).await? {
            Write::Stored => self.create(&delivery, &mut check, Before::Nothing).await,
            Write::Conflict(theirs) => self.resume(&delivery, *theirs).await,
        }
    }

    async fn resume(&self, delivery: &Delivery<'_>, mut check: Check) -> Result<Outcome, Failure> {
        let now = self.clock.now();
        let can_search = delivery.customer.settings.crosschq.capabilities.search;
        match check.next_create_step(can_search, now) {
            CreateStep::Over | CreateStep::Done => {
                // The delivery that got this far may have died before it told the others.
                if check.cancel.is_some() && check.state.is_open_at_crosschq() {
                    tell::canceller(self.queue.as_ref(), &check, delivery.correlation_id).await?;
                } else if check.may_need_showing() {
                    tell::updater(self.queue.as_ref(), &check, delivery.correlation_id).await?;
                }
                Ok(Outcome::Done("already carried out"))
            }
            CreateStep::Busy { until } => Err(Failure::retry_after(
                until.since(now) + Duration::from_secs(1),
                "another delivery carries this order out",
            )),
            CreateStep::Post => {
                if let Some(reason) = check.cancel {
                    return self.end_cancelled(delivery, &mut check, reason, Before::Nothing).await;
                }
                self.begin(delivery, &mut check, Check::begin_create).await?;
                self.create(delivery, &mut check, Before::Nothing).await
            }
            CreateStep::LookUp { not_before } | CreateStep::Repeat { not_before } if now < not_before => {
                Err(Failure::retry_after(
                    not_before.since(now) + Duration::from_secs(1),
                    "the first create may still be under way",
                ))
            }
            CreateStep::LookUp { .. } => {
                self.begin(delivery, &mut check, Check::begin_look_up).await?;
                self.look_up(delivery, &mut check).await
            }
            CreateStep::Repeat { .. } if check.cancel.is_some() => {
                let until = check.adoption_ends_at();
                self.await_callback(delivery, &mut check, until).await
            }
            CreateStep::Repeat { .. } => {
                self.is_up(delivery.customer).await?;
                self.begin(delivery, &mut check, Check::begin_create).await?;
                self.create(delivery, &mut check, Before::Perhaps).await
            }
            CreateStep::AwaitCallback { until } => self.await_callback(delivery, &mut check, until).await,
        }
    }

    /// Whether Crosschq answers at all. The last create is not spent on the outage that swallowed the first.
    async fn is_up(&self, customer: &Customer) -> Result<(), Failure> {
        match self.provider.surveys(customer).await {
            // Whatever it says, it answers.
            Ok(_) | Err(ProviderError::NotFound | ProviderError::Refused { .. } | ProviderError::Unsupported) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes the lease; if anybody wrote meanwhile, the next delivery decides anew.
    async fn begin(
        &self,
        delivery: &Delivery<'_>,
        check: &mut Check,
        transition: impl Fn(&mut Check, Timestamp, &CorrelationId, Timestamp),
    ) -> Result<(), Failure> {
        transition(check, delivery.deadline, delivery.correlation_id, self.clock.now());
        match self.checks.save(check, delivery.customer.settings.retention_days).await? {
            Write::Stored => Ok(()),
            Write::Conflict(_) => {
                Err(Failure::retry_after(Duration::from_secs(1), "another delivery wrote this check"))
            }
        }
    }

    /// Posts the create under the lease that is held.
    async fn create(&self, delivery: &Delivery<'_>, check: &mut Check, before: Before) -> Result<Outcome, Failure> {
        let order = match self.prepare(delivery, check).await {
            Ok(order) => order,
            Err(Hindrance::Refused(refusal)) => return self.end_refused(delivery, check, refusal, before).await,
            Err(Hindrance::Cancelled(reason)) => return self.end_cancelled(delivery, check, reason, before).await,
            Err(Hindrance::Failed(failure)) => return self.give_back(delivery, check, true, failure).await,
        };
        match self.provider.create(delivery.customer, &order, delivery.correlation_id).await {
            Ok(request) => self.record(delivery, check, request.clone(), What::Requested { request }).await,
            Err(CreateError::AlreadyExists) => self.already_exists(delivery, check, &order).await,
            Err(CreateError::NotCreated(error)) => match Failure::from(error) {
                Failure::Permanent(refusal) => self.end_refused(delivery, check, refusal, before).await,
                failure => self.give_back(delivery, check, true, failure).await,
            },
            Err(CreateError::Unknown { why }) => {
                let now = self.clock.now();
                commit(self.checks.as_ref(), delivery.customer, check, |check| {
                    if check.state == State::Claimed || check.state == State::OutcomeUnknown {
                        check.outcome_unknown(delivery.correlation_id, now);
                    }
                })
                .await?;
                Err(Failure::Unconfirmed { after: Check::SETTLE, why })
            }
        }
    }

    /// Reads the truth from the ATS and expands the template. Nothing leaves for Crosschq here.
    async fn prepare(&self, delivery: &Delivery<'_>, check: &mut Check) -> Result<Order, Hindrance> {
        let (customer, ats) = (delivery.customer, self.ats.as_ref());
        let found =
            facts::gather(ats, customer, &check.key.workflow, check.person.as_ref(), check.requisition.as_ref())
                .await?;
        check.person = check.person.take().or(found.workflow.person);
        check.requisition = check.requisition.take().or(found.workflow.requisition);
        match found.workflow.status.as_ref().map(|status| meaning(&customer.settings.icims.statuses, status)) {
            // A hidden status cannot speak against the order.
            None | Some(Intent::Request) => {}
            Some(Intent::Cancel(reason)) => return Err(Hindrance::Cancelled(reason)),
            Some(Intent::Ignore(_)) => return Err(Hindrance::Refused(Refusal::MovedOn)),
        }
        let candidate = candidate_of(found.candidate).map_err(Hindrance::Refused)?;
        let template = resolve_template(customer, &found.requisition).map_err(Hindrance::Refused)?;
        let (requester, hiring_manager) = futures_util::try_join!(
            facts::requester(ats, customer, &found.requisition, check.acting_user.as_ref()),
            facts::hiring_manager(ats, customer, &found.requisition),
        )?;
        check.template = Some(template.tag.clone());
        let needed = Duration::from_millis(u64::from(customer.settings.crosschq.timeout_ms)) + RECORDING;
        if delivery.deadline.since(self.clock.now()) < needed {
            return Err(Hindrance::Failed(Failure::retry("too little time left to create safely")));
        }
        Ok(Order::new(&check.key, template, candidate, &found.requisition, requester, hiring_manager))
    }

    /// Asks Crosschq whether it holds our request.
    async fn look_up(&self, delivery: &Delivery<'_>, check: &mut Check) -> Result<Outcome, Failure> {
        let found = match self.find(delivery.customer, check).await {
            Ok(found) => found,
            Err(failure) => return self.give_back(delivery, check, false, failure).await,
        };
        match found {
            Looked::Ours(request) => {
                return self.record(delivery, check, request.clone(), What::Adopted { request }).await;
            }
            // No proof of anything: neither another create nor an end may follow from it.
            Looked::CannotTell => {
                let until = check.adoption_ends_at();
                return self.await_callback(delivery, check, until).await;
            }
            Looked::Nothing => {}
        }
        if let Some(reason) = check.cancel {
            return self.end_cancelled(delivery, check, reason, Before::Nothing).await;
        }
        if check.create.begun >= 2 {
            let until = check.adoption_ends_at();
            return self.await_callback(delivery, check, until).await;
        }
        let look = |check: &mut Check, until: Timestamp, correlation_id: &CorrelationId, now: Timestamp| {
            check.looked_up_in_vain(correlation_id, now);
            check.begin_create(until, correlation_id, now);
        };
        self.begin(delivery, check, look).await?;
        self.create(delivery, check, Before::Nothing).await
    }

    async fn already_exists(
        &self,
        delivery: &Delivery<'_>,
        check: &mut Check,
        order: &Order,
    ) -> Result<Outcome, Failure> {
        if delivery.customer.settings.crosschq.capabilities.search {
            match self.ours(delivery.customer, check, Some(&order.candidate), Some(&order.position)).await {
                Ok(Looked::Ours(request)) => {
                    return self.record(delivery, check, request.clone(), What::Adopted { request }).await;
                }
                Ok(Looked::Nothing | Looked::CannotTell) => {}
                Err(failure) => return self.give_back(delivery, check, false, failure).await,
            }
        }
        if check.create.begun <= 1 {
            // The first create ever: what exists cannot be ours.
            return self.end_refused(delivery, check, Refusal::OpenInCrosschq, Before::Nothing).await;
        }
        let until = check.adoption_ends_at();
        self.await_callback(delivery, check, until).await
    }

    /// Crosschq holds the request: record it over whatever was written meanwhile, then tell the others.
    async fn record(
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
                check.tell_stray(&request, Actor::Requester, delivery.correlation_id, now);
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
            tell::stray_request(check, &request);
        }
        if check.cancel.is_some() {
            tell::canceller(self.queue.as_ref(), check, delivery.correlation_id).await?;
        } else {
            tell::updater(self.queue.as_ref(), check, delivery.correlation_id).await?;
        }
        Ok(Outcome::Done("requested"))
    }

    async fn end_refused(
        &self,
        delivery: &Delivery<'_>,
        check: &mut Check,
        refusal: Refusal,
        before: Before,
    ) -> Result<Outcome, Failure> {
        if before == Before::Perhaps {
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
        tell::updater(self.queue.as_ref(), check, delivery.correlation_id).await?;
        Ok(Outcome::Done("refused"))
    }

    /// The candidate is rejected before a request was confirmed. If one may have left nonetheless, it is waited for.
    async fn end_cancelled(
        &self,
        delivery: &Delivery<'_>,
        check: &mut Check,
        reason: CancelReason,
        before: Before,
    ) -> Result<Outcome, Failure> {
        let now = self.clock.now();
        let until = check.adoption_ends_at();
        commit(self.checks.as_ref(), delivery.customer, check, |check| {
            if check.request.is_some() || check.is_over() {
                return;
            }
            check.want_cancel(reason, Actor::Requester, delivery.correlation_id, now);
            if before == Before::Perhaps && now < until {
                check.await_callback(until, delivery.correlation_id, now);
            } else {
                check.cancelled(before == Before::Perhaps, Actor::Requester, delivery.correlation_id, now);
            }
        })
        .await?;
        tell::updater(self.queue.as_ref(), check, delivery.correlation_id).await?;
        Ok(Outcome::Done("cancelled before it was sent"))
    }

    async fn await_callback(
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
                "this check needs a person: it is unknown whether Crosschq holds its request");
        }
        tell::updater(self.queue.as_ref(), check, delivery.correlation_id).await?;
        Ok(Outcome::Done("awaiting Crosschq's callback"))
    }

    /// Ends the lease and hands the failure on. `nothing_left`: this delivery's create certainly did not leave.
    async fn give_back(
        &self,
        delivery: &Delivery<'_>,
        check: &mut Check,
        nothing_left: bool,
        failure: Failure,
    ) -> Result<Outcome, Failure> {
        let now = self.clock.now();
        let retry_at = match &failure {
            Failure::Retry { after: Some(after), .. } => now.after(*after),
            _ => now,
        };
        commit(self.checks.as_ref(), delivery.customer, check, |check| {
            if check.request.is_none() && !check.is_over() {
                check.release(nothing_left, failure.class(), retry_at, delivery.correlation_id, now);
            }
        })
        .await?;
        Err(failure)
    }
}
