//! A check may have changed: read the truth from Crosschq, advance the check, and have iCIMS show it.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{
    Actor, Check, CheckKey, CorrelationId, Customer, IcimsUpdate, ReferenceRequest, Source, Sourced as _, Timestamp,
};
use crate::failure::{Failure, Outcome, Vendor};
use crate::ports::{Ats, CheckStore, Clock, Fingerprints, ProviderError, ReferenceProvider};

use super::adopt::Adoption;
use super::commit::{commit, save_or_retry};
use super::memory::Memory;
use super::status_move::Trigger;
use super::{schedule, sync};

/// How long a callback with an id that nobody knows is waited for: it may have overtaken the create's reply
/// (docs/vendors/crosschq.md §9.6).
const UNKNOWN_REQUEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// When it is looked for again the first time.
const UNKNOWN_REQUEST_FIRST: Duration = Duration::from_secs(30);
/// How long after its end a finished check's workflow is moved without a look at the log: nobody orders again at once.
const PROMPT: Duration = Duration::from_secs(120);
/// How long after its creation a request may be unreadable without being missing (docs/vendors/crosschq.md §9.4).
const FRESH: Duration = Duration::from_secs(120);

/// Follows requests and shows them. Never acts on a wish to cancel: that is the canceller's.
pub struct Updater {
    /// The checks.
    pub checks: Arc<dyn CheckStore>,
    /// The Screen tab.
    pub ats: Arc<dyn Ats>,
    /// The truth about requests.
    pub provider: Arc<dyn ReferenceProvider>,
    /// By which a request whose create was not answered is recognized.
    pub fingerprints: Arc<dyn Fingerprints>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// What this process remembers.
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
        let source = subject.source();
        let result = self.carry_out(customer, subject, correlation_id, deadline).await;
        let check = async || match subject {
            IcimsUpdate::Check { workflow, attempt, .. } => {
                let (customer, workflow) = (customer.id.clone(), workflow.clone());
                self.checks.load(&CheckKey { customer, workflow, attempt: *attempt }).await
            }
            IcimsUpdate::Request { .. } => Ok(None),
        };
        schedule::settle(self.checks.as_ref(), customer, source, result, check, self.clock.now()).await
    }

    async fn carry_out(
        &self,
        customer: &Customer,
        subject: &IcimsUpdate,
        correlation_id: &CorrelationId,
        deadline: Timestamp,
    ) -> Result<Outcome, Failure> {
        let by_schedule = subject.source() == Source::Schedule;
        let Some(mut check) = self.find(customer, subject, correlation_id).await? else {
            return Ok(Outcome::NoCheckForRequest);
        };
        let now = self.clock.now();
        if let Some(lease) = check.showing
            && lease.until > now
        {
            return Err(Failure::retry_after(
                // Not more often: whoever died while writing leaves a lease, and a message has only so many receives.
                lease.until.since(now).min(Duration::from_secs(10)),
                "another delivery is writing to iCIMS",
            ));
        }
        if by_schedule {
            self.memory.circuit.check(&customer.id, Vendor::Crosschq, now)?;
            self.memory.circuit.check(&customer.id, Vendor::Icims, now)?;
        }
        let before = check.clone();
        let live = self.read(customer, &mut check, correlation_id).await;
        self.memory.circuit.record(&customer.id, Vendor::Crosschq, now, &live);
        let live = live?;
        if let Some(live) = &live {
            check.observe(live, Actor::Updater, correlation_id, now);
        }
        let plan = sync::Plan::of(customer, &check, live.as_ref());
        if plan.is_empty() {
            return self.rest(customer, before, check, live.as_ref()).await;
        }
        if by_schedule && let Some(pause) = self.ats.pause_for_background(customer) {
            check.defer_until(self.clock.now().after(pause));
            self.save_if_changed(customer, &before, &mut check).await?;
            return Ok(Outcome::DeferredByQuota);
        }
        let trigger = if plan.moves_status() { self.trigger(&check).await? } else { Trigger::Ours };
        // The intention goes before the side effect: whoever finds this after a crash knows that the row may exist and
        // that what it shows is not known.
        plan.mark_in_progress(&mut check, deadline, self.clock.now());
        save_or_retry(self.checks.as_ref(), customer, &mut check).await?;
        let screen = sync::Screen {
            ats: self.ats.as_ref(),
            provider: self.provider.as_ref(),
            customer,
            pdf: &self.memory.pdf,
            trigger,
        };
        let report = plan.carry_out(&screen, &check, &before, live.as_ref(), correlation_id).await;
        let ours = (check.showing, check.state, check.state_since);
        let now = self.clock.now();
        let overtaken = commit(self.checks.as_ref(), customer, &mut check, |check| {
            let moved = (check.state, check.state_since) != (ours.1, ours.2);
            let theirs = check.showing != ours.0;
            report.record(check, theirs, live.as_ref(), correlation_id, now);
            if moved {
                // What was written is of yesterday: whoever moved the check may have died before notifying anybody.
                check.shown = None;
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
        let result = report.failure.map_or(Ok(Outcome::Synced), Err);
        self.memory.circuit.record(&customer.id, Vendor::Icims, now, &result);
        result
    }

    /// What the trigger status of a check's workflow stands for.
    async fn trigger(&self, check: &Check) -> Result<Trigger, Failure> {
        if !check.is_over() {
            return Ok(Trigger::Ours);
        }
        let latest = self.checks.latest(&check.key.customer, &check.key.workflow).await?;
        let is_late = self.clock.now().since(check.state_since) > PROMPT;
        Ok(match latest {
            Some(latest) if latest.key.attempt > check.key.attempt => Trigger::New,
            _ if is_late => Trigger::PerhapsNew,
            _ => Trigger::Ours,
        })
    }

    /// Nothing to show: keep what was learnt, and keep the schedule's next look in order.
    async fn rest(
        &self,
        customer: &Customer,
        before: Check,
        mut check: Check,
        live: Option<&ReferenceRequest>,
    ) -> Result<Outcome, Failure> {
        let now = self.clock.now();
        let is_due = check.due_at.is_some_and(|due| due <= now.after(Check::RETRY_DUE));
        let missing = check.request_missing_since.is_some() && !check.request_gone;
        if is_due && !missing && (!check.may_need_cancelling() || check.cancel_rests(now)) {
            check.settle_due(sync::report_missing(&check, live), now);
        }
        if self.save_if_changed(customer, &before, &mut check).await? {
            return Ok(Outcome::NothingToSync);
        }
        Ok(Outcome::Unchanged)
    }

    async fn save_if_changed(&self, customer: &Customer, before: &Check, check: &mut Check) -> Result<bool, Failure> {
        if check == before {
            return Ok(false);
        }
        save_or_retry(self.checks.as_ref(), customer, check).await?;
        Ok(true)
    }

    async fn find(
        &self,
        customer: &Customer,
        subject: &IcimsUpdate,
        correlation_id: &CorrelationId,
    ) -> Result<Option<Check>, Failure> {
        let key = match subject {
            IcimsUpdate::Check { workflow, attempt, .. } => {
                CheckKey { customer: customer.id.clone(), workflow: workflow.clone(), attempt: *attempt }
            }
            IcimsUpdate::Request { request, received_at } => {
                match self.checks.by_request(&customer.id, request).await? {
                    Some(key) => key,
                    None => match self.adopt(customer, request, correlation_id).await? {
                        Adoption::Adopted(key) => key,
                        Adoption::Duplicate => return Ok(None),
                        Adoption::Unknown if self.clock.now().since(*received_at) < UNKNOWN_REQUEST_WAIT => {
                            // Ever more seldom: tried evenly, the message would be dead before the wait is over.
                            let waited = self.clock.now().since(*received_at);
                            return Err(Failure::retry_after(
                                waited * 2 + UNKNOWN_REQUEST_FIRST,
                                "a callback named a request that is not known yet",
                            ));
                        }
                        Adoption::Unknown | Adoption::Foreign => {
                            tracing::warn!(customer.id = %customer.id, reference_request.id = %request,
                                "callbacks name a request that is not ours");
                            return Ok(None);
                        }
                    },
                }
            }
        };
        self.checks.load(&key).await
    }

    /// Reads the request, and notes on the check if Crosschq does not find it.
    async fn read(
        &self,
        customer: &Customer,
        check: &mut Check,
        correlation_id: &CorrelationId,
    ) -> Result<Option<ReferenceRequest>, Failure> {
        let Some(request) = check.request.clone() else { return Ok(None) };
        match self.provider.read(customer, &request).await {
            Ok(live) => Ok(Some(live)),
            Err(ProviderError::NotFound) => {
                let now = self.clock.now();
                // Since it was recorded, not since it was ordered: an outage may lie between the two.
                if now.since(check.state_since) < FRESH {
                    return Err(Failure::retry_after(Duration::from_secs(5), "Crosschq does not show the request yet"));
                }
                check.request_missing(Actor::Updater, correlation_id, now);
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
