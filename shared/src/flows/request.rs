//! An order is to be carried out: claim the check, look again, create the request exactly once in effect.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{
    CancelReason, Check, CheckKey, CorrelationId, CreateStep, CrosschqSettings, Customer, Fingerprint, NewCheck, Order,
    ReferenceOrder, Refusal, Source, State, Timestamp, What,
};
use crate::failure::{Failure, Outcome};
use crate::ports::{Ats, CheckStore, Clock, CreateError, Fingerprints, ProviderError, Queue, ReferenceProvider, Write};

use super::commit::{commit, save_or_retry};
use super::conclude::EarlierCreate;
use super::facts::Reader;
use super::look_up::{Lookup, RequestFinder};
use super::memory::Memory;
use super::prepare::PrepareError;
use super::repeat::Unconfirmed;
use super::schedule;

/// What has to be left of the time for a create to be begun, beside the customer's own Crosschq timeout: counting it and
/// recording its outcome.
const RECORDING: Duration = Duration::from_secs(3);

/// Carries orders out.
pub struct Requester {
    /// The checks.
    pub checks: Arc<dyn CheckStore>,
    /// Status, candidate, requisition, staff.
    pub ats: Arc<dyn Ats>,
    /// Create and look-up.
    pub provider: Arc<dyn ReferenceProvider>,
    /// By which a request whose create was not answered is recognized.
    pub fingerprints: Arc<dyn Fingerprints>,
    /// Towards updater and canceller.
    pub queue: Arc<dyn Queue>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// What this process remembers.
    pub memory: Memory,
}

/// One delivery of one order.
pub(super) struct Delivery<'a> {
    pub(super) customer: &'a Customer,
    pub(super) order: &'a ReferenceOrder,
    pub(super) correlation_id: &'a CorrelationId,
    /// When this delivery is stopped; also the end of its lease.
    pub(super) deadline: Timestamp,
}

/// What stands in the way of a create that was about to leave.
enum Begun {
    Yes,
    /// The candidate was rejected meanwhile.
    Cancelled(CancelReason),
    /// Another delivery has the check.
    Lost,
}

impl Requester {
    /// Carries an order out, or finishes what an earlier delivery began. `deadline` is when this delivery is stopped: the
    /// claim's lease ends then.
    ///
    /// # Errors
    /// [`Failure::Retry`] and [`Failure::Internal`] leave the claim released, [`Failure::Unconfirmed`] leaves it to be
    /// looked up; a refusal is no error here: it ends the check and is shown in the ATS. What the schedule wanted fails
    /// without an error.
    pub async fn request(
        &self,
        customer: &Customer,
        order: &ReferenceOrder,
        correlation_id: &CorrelationId,
        deadline: Timestamp,
    ) -> Result<Outcome, Failure> {
        let delivery = Delivery { customer, order, correlation_id, deadline };
        let key = CheckKey { customer: customer.id.clone(), workflow: order.workflow.clone(), attempt: order.attempt };
        let result = self.carry_out(&delivery, &key).await;
        let check = async || self.checks.load(&key).await;
        schedule::settle(self.checks.as_ref(), customer, order.source, result, check, self.clock.now()).await
    }

    async fn carry_out(&self, delivery: &Delivery<'_>, key: &CheckKey) -> Result<Outcome, Failure> {
        let order = delivery.order;
        let mut unconfirmed = None;
        let mut manual_orders = u32::from(order.source == Source::Operator);
        if order.source == Source::Schedule || order.attempt > 1 {
            if let Some(check) = self.checks.load(key).await? {
                return self.resume(delivery, check).await;
            }
            if order.source == Source::Schedule {
                return Ok(Outcome::CheckErased);
            }
            if let Some(previous) = self.checks.load(&CheckKey { attempt: order.attempt - 1, ..key.clone() }).await? {
                manual_orders += previous.manual_orders;
                match self.repeats(delivery, &previous).await {
                    Ok(None) => {}
                    Ok(Some(outcome)) => return Ok(outcome),
                    Err(Unconfirmed::MayLag(after)) => {
                        return Err(Failure::retry_after(after, "iCIMS may not show the new order yet"));
                    }
                    // The message may be lost before iCIMS answers again; the check is not.
                    Err(Unconfirmed::Unread(failure)) => unconfirmed = Some(failure),
                }
            }
        }
        let now = self.clock.now();
        let new = NewCheck { key: key.clone(), order, manual_orders, correlation_id: delivery.correlation_id };
        let mut check = Check::claim(new, delivery.deadline, now);
        check.repeat_unconfirmed = unconfirmed.is_some();
        match self.checks.insert(&check, delivery.customer.settings.retention_days).await? {
            Write::Stored => match unconfirmed {
                Some(failure) => self.give_back(delivery, &mut check, false, failure).await,
                None => self.create(delivery, &mut check, EarlierCreate::None).await,
            },
            Write::Conflict(theirs) => self.resume(delivery, *theirs).await,
        }
    }

    async fn resume(&self, delivery: &Delivery<'_>, mut check: Check) -> Result<Outcome, Failure> {
        let now = self.clock.now();
        let can_search = delivery.customer.settings.crosschq.capabilities.search;
        match check.next_create_step(can_search, now) {
            CreateStep::Over | CreateStep::Done => {
                // The delivery that got this far may have died before it notified the others.
                if check.cancel.is_some() && check.state.is_open_at_crosschq() && !check.cancel_rests(now) {
                    self.notify_canceller(delivery, &check).await?;
                } else if check.needs_sync() {
                    self.notify_updater(delivery, &check).await?;
                }
                Ok(Outcome::AlreadyRequested)
            }
            CreateStep::Busy { until } => Err(Failure::retry_after(
                until.since(now) + Duration::from_secs(1),
                "another delivery carries this order out",
            )),
            CreateStep::Post => {
                if let Some(reason) = check.cancel {
                    return self.end_cancelled(delivery, &mut check, reason, EarlierCreate::None).await;
                }
                self.take_over(delivery, &mut check).await?;
                self.create(delivery, &mut check, EarlierCreate::None).await
            }
            CreateStep::LookUp { not_before } | CreateStep::Repeat { not_before } if now < not_before => {
                Err(Failure::retry_after(
                    not_before.since(now) + Duration::from_secs(1),
                    "the first create may still be under way",
                ))
            }
            CreateStep::LookUp { .. } => {
                self.take_over(delivery, &mut check).await?;
                self.look_up(delivery, &mut check).await
            }
            CreateStep::Repeat { .. } if check.cancel.is_some() => {
                let until = check.adoption_ends_at();
                self.await_callback(delivery, &mut check, until).await
            }
            CreateStep::Repeat { .. } => {
                self.is_up(delivery.customer).await?;
                self.take_over(delivery, &mut check).await?;
                self.create(delivery, &mut check, EarlierCreate::Possible).await
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

    async fn take_over(&self, delivery: &Delivery<'_>, check: &mut Check) -> Result<(), Failure> {
        check.take_over(delivery.deadline, delivery.correlation_id, self.clock.now());
        save_or_retry(self.checks.as_ref(), delivery.customer, check).await
    }

    pub(super) fn reader<'a>(&'a self, customer: &'a Customer) -> Reader<'a> {
        Reader { ats: self.ats.as_ref(), customer, clock: self.clock.as_ref() }
    }

    fn finder(&self) -> RequestFinder<'_> {
        RequestFinder {
            ats: self.ats.as_ref(),
            provider: self.provider.as_ref(),
            checks: self.checks.as_ref(),
            fingerprints: self.fingerprints.as_ref(),
        }
    }

    /// Prepares the create, counts it and posts it, under the lease that is held.
    async fn create(
        &self,
        delivery: &Delivery<'_>,
        check: &mut Check,
        earlier: EarlierCreate,
    ) -> Result<Outcome, Failure> {
        let customer = delivery.customer;
        let timeout = customer.settings.crosschq.timeout_ms.min(CrosschqSettings::TIMEOUT_MAX_MS);
        let needed = Duration::from_millis(u64::from(timeout)) + RECORDING;
        // What is read when there is too little time left to create is read for nothing.
        let reading = delivery.deadline.since(self.clock.now()).saturating_sub(needed);
        let prepared = tokio::time::timeout(reading, self.prepare(delivery, check)).await;
        let prepared = prepared.unwrap_or_else(|_| Err(Failure::retry("too little time left to create safely").into()));
        let order = match prepared {
            Ok(order) => order,
            Err(PrepareError::Refused(refusal)) => return self.end_refused(delivery, check, refusal, earlier).await,
            Err(PrepareError::Cancelled(reason)) => return self.end_cancelled(delivery, check, reason, earlier).await,
            Err(PrepareError::Missing(what)) => return self.missing(delivery, check, what, earlier).await,
            Err(PrepareError::MayLag(after)) => {
                let failure = Failure::retry_after(after, "iCIMS may not show the order yet");
                return self.release(delivery, check, false, failure).await;
            }
            Err(PrepareError::Failed(failure)) => return self.give_back(delivery, check, false, failure).await,
        };
        let fingerprint = match self.fingerprint(customer, &order).await {
            Ok(fingerprint) => fingerprint,
            Err(failure) => return self.give_back(delivery, check, false, failure).await,
        };
        if earlier == EarlierCreate::Possible
            && check.fingerprint.as_ref().is_some_and(|sent| sent.address != fingerprint.address)
        {
            // The candidate has another address by now: Crosschq would not see that this is the same order.
            let until = check.adoption_ends_at();
            return self.await_callback(delivery, check, until).await;
        }
        if delivery.deadline.since(self.clock.now()) < needed {
            let failure = Failure::retry("too little time left to create safely");
            return self.give_back(delivery, check, false, failure).await;
        }
        match self.begin_create(delivery, check, fingerprint).await? {
            Begun::Yes => {}
            Begun::Cancelled(reason) => return self.end_cancelled(delivery, check, reason, earlier).await,
            Begun::Lost => {
                return Err(Failure::retry_after(Duration::from_secs(1), "another delivery wrote this check"));
            }
        }
        match self.provider.create(customer, &order, delivery.correlation_id).await {
            Ok(request) => self.record(delivery, check, request.clone(), What::Requested { request }).await,
            Err(CreateError::AlreadyExists) => self.already_exists(delivery, check, &order).await,
            Err(CreateError::NotCreated(error)) => match Failure::from(error) {
                Failure::Permanent(refusal) => self.end_refused(delivery, check, refusal, earlier).await,
                failure => self.give_back(delivery, check, true, failure).await,
            },
            Err(CreateError::Unknown { why }) => {
                let now = self.clock.now();
                commit(self.checks.as_ref(), customer, check, |check| {
                    if check.state == State::Claimed || check.state == State::OutcomeUnknown {
                        check.outcome_unknown(delivery.correlation_id, now);
                    }
                })
                .await?;
                Err(Failure::Unconfirmed { after: Check::SETTLE, why })
            }
        }
    }

    async fn fingerprint(&self, customer: &Customer, order: &Order) -> Result<Fingerprint, Failure> {
        let all = self.fingerprints.of(&customer.id, &order.candidate.email, &order.position).await?;
        all.into_iter().next().ok_or_else(|| Failure::bug("a candidate without a fingerprint"))
    }

    /// Counts the create that is about to leave, while the lease is still this delivery's and nobody wants it cancelled.
    async fn begin_create(
        &self,
        delivery: &Delivery<'_>,
        check: &mut Check,
        fingerprint: Fingerprint,
    ) -> Result<Begun, Failure> {
        let (ours, now) = (check.clone(), self.clock.now());
        let apply = |check: &mut Check| {
            if let Some(reason) = check.cancel {
                return Begun::Cancelled(reason);
            }
            if check.is_over() || check.request.is_some() || check.lease != ours.lease || check.create != ours.create {
                return Begun::Lost;
            }
            check.repeat_unconfirmed = ours.repeat_unconfirmed;
            check.person.clone_from(&ours.person);
            check.requisition.clone_from(&ours.requisition);
            check.template.clone_from(&ours.template);
            check.begin_create(fingerprint.clone(), delivery.correlation_id, now);
            Begun::Yes
        };
        // A transition that changes nothing is not worth a write, but only ever follows a conflict.
        commit(self.checks.as_ref(), delivery.customer, check, apply).await
    }

    /// Asks Crosschq whether it holds our request.
    async fn look_up(&self, delivery: &Delivery<'_>, check: &mut Check) -> Result<Outcome, Failure> {
        let found = match self.finder().find(delivery.customer, check).await {
            Ok(found) => found,
            Err(failure) => return self.give_back(delivery, check, false, failure).await,
        };
        match found {
            Lookup::Found(request) => {
                return self.record(delivery, check, request.clone(), What::Adopted { request }).await;
            }
            // No proof of anything: neither another create nor an end may follow from it.
            Lookup::Ambiguous => {
                let until = check.adoption_ends_at();
                return self.await_callback(delivery, check, until).await;
            }
            Lookup::NotFound => {}
        }
        if let Some(reason) = check.cancel {
            return self.end_cancelled(delivery, check, reason, EarlierCreate::None).await;
        }
        if check.create.begun >= 2 {
            return self.end_refused(delivery, check, Refusal::NotTaken, EarlierCreate::None).await;
        }
        check.lookup_found_nothing(delivery.correlation_id, self.clock.now());
        save_or_retry(self.checks.as_ref(), delivery.customer, check).await?;
        self.create(delivery, check, EarlierCreate::None).await
    }

    async fn already_exists(
        &self,
        delivery: &Delivery<'_>,
        check: &mut Check,
        order: &Order,
    ) -> Result<Outcome, Failure> {
        if delivery.customer.settings.crosschq.capabilities.search {
            match self.finder().find_by_address(delivery.customer, check, Some(&order.candidate.email)).await {
                Ok(Lookup::Found(request)) => {
                    return self.record(delivery, check, request.clone(), What::Adopted { request }).await;
                }
                Ok(Lookup::NotFound | Lookup::Ambiguous) => {}
                Err(failure) => return self.give_back(delivery, check, false, failure).await,
            }
        }
        if check.create.begun <= 1 {
            // The first create ever: what exists cannot be ours.
            return self.end_refused(delivery, check, Refusal::OpenInCrosschq, EarlierCreate::None).await;
        }
        let until = check.adoption_ends_at();
        self.await_callback(delivery, check, until).await
    }
}
