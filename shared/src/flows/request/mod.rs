//! An order is to be carried out: claim the check, look again, create the request exactly once in effect.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{
    Actor, CancelReason, Check, CheckKey, CorrelationId, CreateCount, CreateStep, CrosschqSettings, Customer,
    Fingerprint, NewCheck, Order, Presence, RecognizedBy, ReferenceOrder, Refusal, Source, Stamp, Timestamp,
};
use crate::failure::{Failure, Outcome};
use crate::ports::{
    Ats, Clock, CreateError, Fingerprints, ProviderError, Queue, ReferenceProvider, Write, WriteChecks,
};

use super::support::commit::{commit, save_or_retry};
use super::support::job::Job;
use super::support::memory::Memory;
use super::support::{notify, schedule};
use conclusion::{Conclusion, EarlierCreate, Ends, OrderedRow};
use look_up::{Lookup, RequestFinder};
use prepare::{Preparation, PrepareError};
use repeat::{Unconfirmed, repeats};

mod conclusion;
mod look_up;
mod prepare;
mod repeat;

/// What has to be left of the time for a create to be begun, beside the customer's own Crosschq timeout: counting it and
/// recording its outcome.
const RECORDING: Duration = Duration::from_secs(3);

/// Carries orders out.
pub struct Requester {
    pub checks: Arc<dyn WriteChecks>,
    pub ats: Arc<dyn Ats>,
    pub provider: Arc<dyn ReferenceProvider>,
    pub fingerprints: Arc<dyn Fingerprints>,
    pub queue: Arc<dyn Queue>,
    pub clock: Arc<dyn Clock>,
    pub memory: Memory,
}

/// What stands in the way of a create that was about to leave.
enum Begun {
    Yes,
    /// The candidate was rejected meanwhile.
    Cancelled(CancelReason),
    /// Another delivery has the check.
    Lost,
}

/// What an attempt came to. An error is one that leaves the check as it is written.
type Attempt = Result<Conclusion, Failure>;

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
        let job = Job { customer, cause: correlation_id, deadline };
        let key = CheckKey { customer: customer.id.clone(), workflow: order.workflow.clone(), attempt: order.attempt };
        let result = self.carry_out(&job, order, &key).await;
        let check = async || self.checks.load(&key).await;
        schedule::settle(self.checks.as_ref(), customer, order.source, result, check, self.clock.now()).await
    }

    async fn carry_out(&self, job: &Job<'_>, order: &ReferenceOrder, key: &CheckKey) -> Result<Outcome, Failure> {
        let mut unconfirmed = None;
        let mut manual_orders = u32::from(order.source == Source::Operator);
        if order.source == Source::Schedule || order.attempt > 1 {
            if let Some(check) = self.checks.load(key).await? {
                return self.resume(job, order, check).await;
            }
            if order.source == Source::Schedule {
                return Ok(Outcome::CheckErased);
            }
            if let Some(previous) = self.checks.load(&CheckKey { attempt: order.attempt - 1, ..key.clone() }).await? {
                manual_orders += previous.subject.manual_orders;
                match repeats(self.ats.as_ref(), job, order, &previous, self.clock.now()).await {
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
        let new = NewCheck { key: key.clone(), order, manual_orders, repeat_unconfirmed: unconfirmed.is_some() };
        let mut check = Check::claim(new, job.lease(), &self.stamp(job));
        match self.checks.insert(&check, job.customer.settings.retention_days).await? {
            Write::Stored => {
                let attempt = match unconfirmed {
                    Some(failure) => Ok(Conclusion::released(failure)),
                    None => self.create(job, order, &mut check, EarlierCreate::None).await,
                };
                self.ends().conclude(job, &mut check, attempt?).await
            }
            Write::Conflict(theirs) => self.resume(job, order, *theirs).await,
        }
    }

    async fn resume(&self, job: &Job<'_>, order: &ReferenceOrder, mut check: Check) -> Result<Outcome, Failure> {
        let can_search = job.customer.settings.crosschq.capabilities.search;
        let step = check.next_create_step(can_search, self.clock.now());
        if matches!(step, CreateStep::Over | CreateStep::Done) {
            return self.already_carried_out(job, &check).await;
        }
        let conclusion = self.attempt(job, order, &mut check, step).await?;
        self.ends().conclude(job, &mut check, conclusion).await
    }

    /// The delivery that got this far may have died before it notified the others.
    async fn already_carried_out(&self, job: &Job<'_>, check: &Check) -> Result<Outcome, Failure> {
        let queue = self.queue.as_ref();
        if check.cancel_reason().is_some() && check.is_open() && !check.cancel_rests(self.clock.now()) {
            notify::canceller(queue, check, Source::Event, job.cause).await?;
        } else if check.needs_sync() {
            notify::updater(queue, check, Source::Event, job.cause).await?;
        }
        Ok(Outcome::AlreadyRequested)
    }

    async fn attempt(&self, job: &Job<'_>, order: &ReferenceOrder, check: &mut Check, step: CreateStep) -> Attempt {
        let now = self.clock.now();
        match step {
            CreateStep::Busy { until } => Err(Failure::retry_after(
                until.since(now) + Duration::from_secs(1),
                "another delivery carries this order out",
            )),
            CreateStep::LookUp { not_before } | CreateStep::Repeat { not_before } if now < not_before => {
                Err(Failure::retry_after(
                    not_before.since(now) + Duration::from_secs(1),
                    "the first create may still be under way",
                ))
            }
            CreateStep::Post => {
                if let Some(reason) = check.cancel_reason() {
                    return Ok(Conclusion::Cancelled { reason, earlier: EarlierCreate::None });
                }
                self.take_over(job, check).await?;
                self.create(job, order, check, EarlierCreate::None).await
            }
            CreateStep::LookUp { .. } => {
                self.take_over(job, check).await?;
                self.look_up(job, order, check).await
            }
            CreateStep::Repeat { .. } if check.cancel_reason().is_none() => {
                self.is_up(job.customer).await?;
                self.take_over(job, check).await?;
                self.create(job, order, check, EarlierCreate::Possible).await
            }
            CreateStep::Repeat { .. } | CreateStep::AwaitCallback { .. } | CreateStep::Done | CreateStep::Over => {
                Ok(Conclusion::AwaitCallback)
            }
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

    async fn take_over(&self, job: &Job<'_>, check: &mut Check) -> Result<(), Failure> {
        check.take_over(job.lease(), &self.stamp(job));
        save_or_retry(self.checks.as_ref(), job.customer, check).await
    }

    fn stamp<'a>(&self, job: &Job<'a>) -> Stamp<'a> {
        job.stamp(Actor::Requester, self.clock.now())
    }

    fn ends(&self) -> Ends<'_> {
        Ends { checks: self.checks.as_ref(), queue: self.queue.as_ref(), clock: self.clock.as_ref() }
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
        job: &Job<'_>,
        order: &ReferenceOrder,
        check: &mut Check,
        earlier: EarlierCreate,
    ) -> Attempt {
        let timeout = job.customer.settings.crosschq.timeout_ms.min(CrosschqSettings::TIMEOUT_MAX_MS);
        let needed = Duration::from_millis(u64::from(timeout)) + RECORDING;
        let too_late = || Failure::retry("too little time left to create safely");
        // What is read when there is too little time left to create is read for nothing.
        let reading = job.deadline.since(self.clock.now()).saturating_sub(needed);
        let (ats, checks, clock, memory) = (self.ats.as_ref(), self.checks.as_ref(), self.clock.as_ref(), &self.memory);
        let preparation = Preparation { job, order, ats, checks, clock, memory };
        let prepared = tokio::time::timeout(reading, preparation.prepare(check)).await;
        let order = match prepared.unwrap_or_else(|_| Err(too_late().into())) {
            Ok(order) => order,
            Err(error) => return Ok(self.not_prepared(check, error, earlier)),
        };
        let fingerprint = match self.fingerprint(job.customer, &order).await {
            Ok(fingerprint) => fingerprint,
            Err(failure) => return Ok(Conclusion::released(failure)),
        };
        if earlier == EarlierCreate::Possible
            && check.fingerprint().is_some_and(|sent| sent.address != fingerprint.address)
        {
            // The candidate has another address by now: Crosschq would not see that this is the same order.
            return Ok(Conclusion::AwaitCallback);
        }
        if job.deadline.since(self.clock.now()) < needed {
            return Ok(Conclusion::released(too_late()));
        }
        match self.begin_create(job, check, fingerprint).await? {
            Begun::Yes => self.post(job, check, &order, earlier).await,
            Begun::Cancelled(reason) => Ok(Conclusion::Cancelled { reason, earlier }),
            Begun::Lost => Err(Failure::retry_after(Duration::from_secs(1), "another delivery wrote this check")),
        }
    }

    fn not_prepared(&self, check: &Check, error: PrepareError, earlier: EarlierCreate) -> Conclusion {
        match error {
            PrepareError::Refused(refusal) => Conclusion::Refused { refusal, earlier },
            PrepareError::Cancelled(reason) => Conclusion::Cancelled { reason, earlier },
            PrepareError::Missing(what) => {
                let since = check.sync.workflow.missing_since();
                if since.is_some_and(|since| self.clock.now().since(since) >= Presence::MISSING_FOR) {
                    Conclusion::Refused { refusal: Refusal::GoneFromAts { what }, earlier }
                } else {
                    Conclusion::Missing { what }
                }
            }
            PrepareError::MayLag(after) => Conclusion::Released {
                failure: Failure::retry_after(after, "iCIMS may not show the order yet"),
                count: CreateCount::Kept,
                row: OrderedRow::Skip,
            },
            PrepareError::Failed(failure) => Conclusion::released(failure),
        }
    }

    async fn fingerprint(&self, customer: &Customer, order: &Order) -> Result<Fingerprint, Failure> {
        let all = self.fingerprints.of(&customer.id, &order.candidate.email, &order.position).await?;
        all.into_iter().next().ok_or_else(|| Failure::bug("a candidate without a fingerprint"))
    }

    /// Counts the create that is about to leave, while the lease is still this delivery's and nobody wants it cancelled.
    async fn begin_create(&self, job: &Job<'_>, check: &mut Check, fingerprint: Fingerprint) -> Result<Begun, Failure> {
        let (subject, lease, creates) = (check.subject.clone(), check.lease(), check.creates);
        let stamp = self.stamp(job);
        let apply = |check: &mut Check| {
            if let Some(reason) = check.cancel_reason() {
                return Begun::Cancelled(reason);
            }
            if check.lease() != lease || check.creates != creates {
                return Begun::Lost;
            }
            check.subject.clone_from(&subject);
            check.begin_create(fingerprint.clone(), &stamp);
            Begun::Yes
        };
        // A transition that changes nothing is not worth a write, but only ever follows a conflict.
        commit(self.checks.as_ref(), job.customer, check, apply).await
    }

    async fn post(&self, job: &Job<'_>, check: &Check, order: &Order, earlier: EarlierCreate) -> Attempt {
        match self.provider.create(job.customer, order, job.cause).await {
            Ok(request) => Ok(Conclusion::Requested { request, recognized: RecognizedBy::Reply }),
            Err(CreateError::AlreadyExists) => Ok(self.already_exists(job, check, order).await),
            Err(CreateError::NotCreated(error)) => match Failure::from(error) {
                Failure::Permanent(refusal) => Ok(Conclusion::Refused { refusal, earlier }),
                failure => {
                    let (count, row) = (CreateCount::TakenBack, OrderedRow::Write);
                    Ok(Conclusion::Released { failure, count, row })
                }
            },
            Err(CreateError::Unknown { why }) => Ok(Conclusion::OutcomeUnknown { why }),
        }
    }

    /// Looks at Crosschq for our request; if there certainly is none, creates one if a create is left.
    async fn look_up(&self, job: &Job<'_>, order: &ReferenceOrder, check: &mut Check) -> Attempt {
        match self.finder().find(job.customer, check).await {
            Ok(Lookup::Found(request)) => return Ok(Conclusion::adopted(request)),
            // No proof of anything: neither another create nor an end may follow from it.
            Ok(Lookup::Ambiguous) => return Ok(Conclusion::AwaitCallback),
            Ok(Lookup::NotFound) => {}
            Err(failure) => return Ok(Conclusion::released(failure)),
        }
        let earlier = EarlierCreate::None;
        if let Some(reason) = check.cancel_reason() {
            return Ok(Conclusion::Cancelled { reason, earlier });
        }
        if check.creates.begun >= 2 {
            return Ok(Conclusion::Refused { refusal: Refusal::NotTaken, earlier });
        }
        check.lookup_found_nothing(&self.stamp(job));
        save_or_retry(self.checks.as_ref(), job.customer, check).await?;
        self.create(job, order, check, earlier).await
    }

    async fn already_exists(&self, job: &Job<'_>, check: &Check, order: &Order) -> Conclusion {
        if job.customer.settings.crosschq.capabilities.search {
            match self.finder().find_by_address(job.customer, check, Some(&order.candidate.email)).await {
                Ok(Lookup::Found(request)) => return Conclusion::adopted(request),
                Ok(Lookup::NotFound | Lookup::Ambiguous) => {}
                Err(failure) => return Conclusion::released(failure),
            }
        }
        if check.creates.begun > 1 {
            return Conclusion::AwaitCallback;
        }
        // The first create ever: what exists cannot be ours.
        Conclusion::Refused { refusal: Refusal::OpenInCrosschq, earlier: EarlierCreate::None }
    }
}
