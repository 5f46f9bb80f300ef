//! A check may have changed: read the truth from Crosschq, advance the check, and have iCIMS show it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::domain::{
    Actor, Check, CheckKey, CorrelationId, Customer, EntryId, IcimsUpdate, ReferenceRequest, Row, Timestamp,
};
use crate::failure::{Failure, Outcome};
use crate::ports::{Ats, CheckStore, Clock, ProviderError, Queue, ReferenceProvider, Write};

use super::commit::commit;
use super::recognise::Recognised;
use super::{show, tell};

/// How long a callback with an id that nobody knows is waited for: it may have overtaken the create's reply
/// (facts crosschq §9.6).
const UNKNOWN_REQUEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// When it is looked for again the first time.
const UNKNOWN_REQUEST_FIRST: Duration = Duration::from_secs(30);
/// How long after its creation a request may be unreadable without being gone (facts crosschq §9.4).
const FRESH: Duration = Duration::from_secs(120);

/// Follows requests and shows them.
pub struct Updater {
    /// The checks.
    pub checks: Arc<dyn CheckStore>,
    /// The Screen tab.
    pub ats: Arc<dyn Ats>,
    /// The truth about requests.
    pub provider: Arc<dyn ReferenceProvider>,
    /// Towards the canceller, for a cancellation that got stuck.
    pub queue: Arc<dyn Queue>,
    /// The present.
    pub clock: Arc<dyn Clock>,
}

impl Updater {
    /// Brings a check and what iCIMS shows of it up to date. `deadline` is when this process may be stopped.
    ///
    /// # Errors
    /// [`Failure::Retry`] while either side cannot be asked or another delivery is writing; what was achieved until
    /// then is recorded.
    pub async fn update(
        &self,
        customer: &Customer,
        subject: &IcimsUpdate,
        correlation_id: &CorrelationId,
        deadline: Timestamp,
    ) -> Result<Outcome, Failure> {
        let Some(mut check) = self.find(customer, subject, correlation_id).await? else {
            return Ok(Outcome::Ignored("no check of ours"));
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
        let live = self.read(customer, &mut check, correlation_id).await?;
        let before = check.clone();
        if let Some(live) = &live {
            check.observe(live, Actor::Updater, correlation_id, now);
        }
        if check.cancel.is_some() && check.state.is_open_at_crosschq() {
            tell::canceller(self.queue.as_ref(), &check, correlation_id).await?;
        }
        let plan = show::Plan::of(customer, &check, live.as_ref());
        if plan.is_empty() {
            return self.rest(customer, before, check, live.as_ref()).await;
        }
        let may_wait = matches!(subject, IcimsUpdate::Check { background: true, .. });
        if may_wait && let Some(pause) = self.ats.pause_for_background(customer) {
            return self.put_off(customer, before, check, pause).await;
        }
        // The intention goes before the side effect: whoever finds this after a crash knows that the row may exist and
        // that what it shows is not known.
        let (held, since) = if plan.seeks_row(&check) {
            self.rows_of_others(&check, now).await?
        } else {
            (Vec::new(), check.created_at)
        };
        plan.intend(&mut check, deadline);
        match self.checks.save(&mut check, customer.settings.retention_days).await? {
            Write::Stored => {}
            Write::Conflict(_) => {
                return Err(Failure::retry_after(Duration::from_secs(1), "another delivery wrote this check"));
            }
        }
        let (ats, provider) = (self.ats.as_ref(), self.provider.as_ref());
        let screen = show::Screen { ats, provider, customer, held: &held, since };
        let shown = plan.carry_out(&screen, &check, &before, live.as_ref(), correlation_id).await;
        if shown.met_rejection(customer) && check.cancel.is_none() && !check.is_over() {
            // Its push may have been dismissed while our move hid it. Before the record: then a crash repeats it.
            tell::canceller(self.queue.as_ref(), &check, correlation_id).await?;
        }
        let our_lease = check.showing;
        let written = (check.state, check.state_since);
        let now = self.clock.now();
        let overtaken = AtomicBool::new(false);
        commit(self.checks.as_ref(), customer, &mut check, |check| {
            let theirs = check.showing != our_lease;
            let moved = (check.state, check.state_since) != written;
            overtaken.store(theirs || moved, Ordering::Relaxed);
            shown.record(check, theirs, live.as_ref(), correlation_id, now);
            if moved {
                // What was written is of yesterday: whoever moved the check may have died before telling anybody.
                check.shown = None;
            }
            if moved || check.may_need_cancelling() {
                let soon = now.after(Check::RETRY_DUE);
                check.due_at = Some(check.due_at.map_or(soon, |due| due.min(soon)));
            }
        })
        .await?;
        if overtaken.into_inner() {
            return Err(Failure::retry_after(Duration::from_secs(1), "another delivery wrote this check meanwhile"));
        }
        shown.failure.map_or(Ok(Outcome::Done("shown")), Err)
    }

    /// The rows of the workflow's other attempts: one whose entry is lost is found by its date alone, and must not be
    /// taken for theirs. And since when it may be dated: two attempts that both lost their entry may each find the
    /// other's row, which is as good as their own.
    async fn rows_of_others(&self, check: &Check, now: Timestamp) -> Result<(Vec<EntryId>, Timestamp), Failure> {
        let CheckKey { customer, workflow, attempt } = &check.key;
        let latest = self.checks.latest(customer, workflow).await?.map_or(*attempt, |latest| latest.key.attempt);
        let (mut held, mut since) = (Vec::new(), check.created_at);
        for other in (1..=latest).filter(|other| other != attempt) {
            let key = CheckKey { customer: customer.clone(), workflow: workflow.clone(), attempt: other };
            let Some(other) = self.checks.load(&key).await? else { continue };
            since = since.min(other.created_at);
            match other.row {
                Row::Entry(entry) => held.push(entry),
                Row::Intended if other.showing.is_some_and(|lease| lease.until > now) => {
                    return Err(Failure::retry_after(
                        Duration::from_secs(10),
                        "another check of this workflow is writing its row",
                    ));
                }
                Row::Intended | Row::Absent => {}
            }
        }
        Ok((held, since))
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
        let looked_for = check.due_at.is_some_and(|due| due <= now.after(Check::RETRY_DUE));
        if looked_for && !check.may_need_cancelling() {
            check.settle_due(show::report_missing(&check, live), now);
        }
        if check == before {
            return Ok(Outcome::Done("nothing new"));
        }
        match self.checks.save(&mut check, customer.settings.retention_days).await? {
            Write::Stored => Ok(Outcome::Done("nothing to show")),
            Write::Conflict(_) => {
                Err(Failure::retry_after(Duration::from_secs(1), "another delivery wrote this check"))
            }
        }
    }

    /// Only the reserve of the customer's daily quota is left: keep what was learnt, and show it once there is more.
    async fn put_off(
        &self,
        customer: &Customer,
        before: Check,
        mut check: Check,
        pause: Duration,
    ) -> Result<Outcome, Failure> {
        check.put_off_until(self.clock.now().after(pause));
        if check == before {
            return Ok(Outcome::Done("shown later: the quota's reserve is kept"));
        }
        match self.checks.save(&mut check, customer.settings.retention_days).await? {
            Write::Stored => Ok(Outcome::Done("shown later: the quota's reserve is kept")),
            Write::Conflict(_) => {
                Err(Failure::retry_after(Duration::from_secs(1), "another delivery wrote this check"))
            }
        }
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
                    None => match self.recognise(customer, request, correlation_id).await? {
                        Recognised::Ours(key) => key,
                        Recognised::Stray => return Ok(None),
                        Recognised::No if self.clock.now().since(*received_at) < UNKNOWN_REQUEST_WAIT => {
                            // Ever more seldom: asked evenly, the message would be buried before the wait is over.
                            let waited = self.clock.now().since(*received_at);
                            return Err(Failure::retry_after(
                                waited * 2 + UNKNOWN_REQUEST_FIRST,
                                "a callback named a request that is not known yet",
                            ));
                        }
                        Recognised::No => {
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

    /// Reads the request, and notes it if Crosschq does not know it any more.
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
                if !check.is_over() {
                    commit(self.checks.as_ref(), customer, check, |check| {
                        if !check.is_over() {
                            check.gone_from_crosschq(Actor::Updater, correlation_id, now);
                        }
                    })
                    .await?;
                }
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
