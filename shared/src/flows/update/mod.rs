//! A check may have changed: read the truth from Crosschq, advance the check, and have iCIMS show it.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{
    Actor, Check, CheckKey, CorrelationId, Customer, IcimsUpdate, ReferenceRequest, RequestId, Source, Sourced as _,
    Timestamp,
};
use crate::failure::{Failure, Outcome, Vendor};
use crate::ports::{Ats, Clock, Fingerprints, ProviderError, ReferenceProvider, WriteChecks};

use super::support::job::Job;
use super::support::memory::Memory;
use super::support::{schedule, span};
use super::sync::{Sync, Synced};
use adopt::{Adopter, Adoption};

mod adopt;

/// How long a callback with an id that nobody knows is waited for: it may have overtaken the create's reply
/// (docs/vendors/crosschq.md §9.6).
const UNKNOWN_REQUEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// When it is looked for again the first time.
const UNKNOWN_REQUEST_FIRST: Duration = Duration::from_secs(30);
/// How long after its creation a request may be unreadable without being missing (docs/vendors/crosschq.md §9.4).
const FRESH: Duration = Duration::from_secs(120);

/// Follows requests and shows them. Never acts on a wish to cancel: that is the canceller's.
pub struct Updater {
    pub checks: Arc<dyn WriteChecks>,
    pub ats: Arc<dyn Ats>,
    pub provider: Arc<dyn ReferenceProvider>,
    pub fingerprints: Arc<dyn Fingerprints>,
    pub clock: Arc<dyn Clock>,
    pub memory: Memory,
}

impl Updater {
    /// Brings a check and what iCIMS shows of it up to date. `deadline` is when this delivery is stopped.
    ///
    /// # Errors
    /// [`Failure::Retry`] while either side cannot be read or another delivery is writing; what was achieved until
    /// then is recorded. What the schedule wanted fails without an error.
    pub async fn update(
        &self,
        customer: &Customer,
        subject: &IcimsUpdate,
        correlation_id: &CorrelationId,
        deadline: Timestamp,
    ) -> Result<Outcome, Failure> {
        let job = Job { customer, cause: correlation_id, deadline };
        let result = self.carry_out(&job, subject).await;
        let check = async || match subject {
            IcimsUpdate::Check { workflow, attempt, .. } => {
                let (customer, workflow) = (customer.id.clone(), workflow.clone());
                self.checks.load(&CheckKey { customer, workflow, attempt: *attempt }).await
            }
            IcimsUpdate::Request { .. } => Ok(None),
        };
        schedule::settle(self.checks.as_ref(), customer, subject.source(), result, check, self.clock.now()).await
    }

    async fn carry_out(&self, job: &Job<'_>, subject: &IcimsUpdate) -> Result<Outcome, Failure> {
        let Some(mut check) = self.find(job, subject).await? else {
            return Ok(Outcome::NoCheckForRequest);
        };
        let (now, customer, circuit) = (self.clock.now(), &job.customer.id, &self.memory.circuit);
        if let Some(lease) = check.sync.lease
            && lease.until > now
        {
            return Err(Failure::retry_after(
                // Not more often: whoever died while writing leaves a lease, and a message has only so many receives.
                lease.until.since(now).min(Duration::from_secs(10)),
                "another delivery is writing to iCIMS",
            ));
        }
        if subject.source() == Source::Schedule {
            circuit.check(customer, Vendor::Crosschq, now)?;
            circuit.check(customer, Vendor::Icims, now)?;
        }
        let before = check.clone();
        let live = self.read(job, &mut check).await;
        circuit.record(customer, Vendor::Crosschq, now, &live);
        let live = live?;
        if let Some(live) = &live {
            check.observe(live, &job.stamp(Actor::Updater, now));
        }
        let sync = Sync {
            job,
            ats: self.ats.as_ref(),
            provider: self.provider.as_ref(),
            checks: self.checks.as_ref(),
            clock: self.clock.as_ref(),
            pdf: &self.memory.pdf,
        };
        match sync.run(before, check, live.as_ref(), subject.source()).await? {
            Synced::NothingToWrite(outcome) => Ok(outcome),
            Synced::Written(result) => {
                circuit.record(customer, Vendor::Icims, self.clock.now(), &result);
                result
            }
        }
    }

    async fn find(&self, job: &Job<'_>, subject: &IcimsUpdate) -> Result<Option<Check>, Failure> {
        let key = match subject {
            IcimsUpdate::Check { workflow, attempt, .. } => {
                CheckKey { customer: job.customer.id.clone(), workflow: workflow.clone(), attempt: *attempt }
            }
            IcimsUpdate::Request { request, received_at } => match self.holder(job, request, *received_at).await? {
                Some(key) => key,
                None => return Ok(None),
            },
        };
        span::record(&key);
        self.checks.load(&key).await
    }

    /// The check that follows a request, which may have to be recognized as its own first.
    async fn holder(
        &self,
        job: &Job<'_>,
        request: &RequestId,
        received_at: Timestamp,
    ) -> Result<Option<CheckKey>, Failure> {
        if let Some(key) = self.checks.by_request(&job.customer.id, request).await? {
            return Ok(Some(key));
        }
        let adopter = Adopter {
            checks: self.checks.as_ref(),
            provider: self.provider.as_ref(),
            fingerprints: self.fingerprints.as_ref(),
            clock: self.clock.as_ref(),
        };
        match adopter.adopt(job, request).await? {
            Adoption::Adopted(key) => Ok(Some(key)),
            Adoption::Duplicate => Ok(None),
            Adoption::Unknown if self.clock.now().since(received_at) < UNKNOWN_REQUEST_WAIT => {
                // Ever more seldom: tried evenly, the message would be dead before the wait is over.
                let waited = self.clock.now().since(received_at);
                Err(Failure::retry_after(
                    waited * 2 + UNKNOWN_REQUEST_FIRST,
                    "a callback named a request that is not known yet",
                ))
            }
            Adoption::Unknown | Adoption::Foreign => {
                tracing::warn!("callbacks name a request that is not ours");
                Ok(None)
            }
        }
    }

    /// Reads the request, and notes on the check if Crosschq does not find it.
    async fn read(&self, job: &Job<'_>, check: &mut Check) -> Result<Option<ReferenceRequest>, Failure> {
        let Some(request) = check.request().cloned() else { return Ok(None) };
        match self.provider.read(job.customer, &request).await {
            Ok(live) => Ok(Some(live)),
            Err(ProviderError::NotFound) => {
                let now = self.clock.now();
                // Since it was recorded, not since it was ordered: an outage may lie between the two.
                if now.since(check.timing.state_since) < FRESH {
                    return Err(Failure::retry_after(Duration::from_secs(5), "Crosschq does not show the request yet"));
                }
                check.request_missing(&job.stamp(Actor::Updater, now));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
