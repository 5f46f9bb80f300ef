//! A check may have changed: read the truth from Crosschq, advance the check, and have iCIMS show it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::domain::{
    Actor, Check, CheckKey, CorrelationId, Customer, EntryId, IcimsUpdate, Order, ReferenceRequest, RequestId, Row,
    State, Timestamp, What, resolve_template,
};
use crate::failure::{Failure, Outcome};
use crate::ports::{Ats, CheckStore, Clock, ProviderError, Queue, ReferenceProvider, Write};

use super::commit::commit;
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
        let already = check.row.clone();
        let held = if plan.seeks_row(&check) { self.rows_of_others(&check, now).await? } else { Vec::new() };
        plan.intend(&mut check, deadline);
        match self.checks.save(&mut check, customer.settings.retention_days).await? {
            Write::Stored => {}
            Write::Conflict(_) => {
                return Err(Failure::retry_after(Duration::from_secs(1), "another delivery wrote this check"));
            }
        }
        let screen = show::Screen { ats: self.ats.as_ref(), provider: self.provider.as_ref(), customer, held: &held };
        let shown = plan.carry_out(&screen, &check, &already, live.as_ref(), correlation_id).await;
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
    /// taken for theirs.
    async fn rows_of_others(&self, check: &Check, now: Timestamp) -> Result<Vec<EntryId>, Failure> {
        let CheckKey { customer, workflow, attempt } = &check.key;
        let latest = self.checks.latest(customer, workflow).await?.map_or(*attempt, |latest| latest.key.attempt);
        let mut held = Vec::new();
        for other in (1..=latest).filter(|other| other != attempt) {
            let key = CheckKey { customer: customer.clone(), workflow: workflow.clone(), attempt: other };
            let Some(other) = self.checks.load(&key).await? else { continue };
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
        Ok(held)
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
                    None => match self.adopt(customer, request, correlation_id).await? {
                        Some(key) => key,
                        None if self.is_stray(customer, request, correlation_id).await? => return Ok(None),
                        None if self.clock.now().since(*received_at) < UNKNOWN_REQUEST_WAIT => {
                            // Ever more seldom: asked evenly, the message would be buried before the wait is over.
                            let waited = self.clock.now().since(*received_at);
                            return Err(Failure::retry_after(
                                waited * 2 + UNKNOWN_REQUEST_FIRST,
                                "a callback named a request that is not known yet",
                            ));
                        }
                        None => {
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

    /// Recognises a request whose create reply was lost: the one check with an unknown outcome whose candidate and
    /// position it names (facts crosschq §9.4, third way).
    async fn adopt(
        &self,
        customer: &Customer,
        request: &RequestId,
        correlation_id: &CorrelationId,
    ) -> Result<Option<CheckKey>, Failure> {
        let waiting = self.checks.outcome_unknown(&customer.id).await?;
        if waiting.is_empty() {
            return Ok(None);
        }
        let live = match self.provider.read(customer, request).await {
            Ok(live) => live,
            Err(ProviderError::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut matching = Vec::new();
        for key in waiting {
            let Some(check) = self.checks.load(&key).await? else { continue };
            if check.state == State::OutcomeUnknown
                && check.request.is_none()
                && self.is_about(customer, &check, &live).await?
            {
                matching.push(check);
            }
        }
        let now = self.clock.now();
        let [check] = matching.as_mut_slice() else { return Ok(None) };
        commit(self.checks.as_ref(), customer, check, |check| {
            if check.request.is_none() && !check.is_over() {
                let what = What::Adopted { request: request.clone() };
                check.requested(request.clone(), Actor::Updater, what, correlation_id, now);
            }
        })
        .await?;
        Ok((check.request.as_ref() == Some(request)).then(|| check.key.clone()))
    }

    /// Whether a request bears our external id, while its check follows another or ended without one: Crosschq created
    /// twice, or too late to be found. Recorded and reported, for a person to cancel one of the two.
    async fn is_stray(
        &self,
        customer: &Customer,
        request: &RequestId,
        correlation_id: &CorrelationId,
    ) -> Result<bool, Failure> {
        if !customer.settings.crosschq.extensions {
            // It never learnt our id, so that it cannot echo it.
            return Ok(false);
        }
        let live = match self.provider.read(customer, request).await {
            Ok(live) => live,
            Err(ProviderError::NotFound) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let Some(key) = live.external_id.and_then(|id| CheckKey::of_external_id(&customer.id, &id)) else {
            return Ok(false);
        };
        let Some(mut check) = self.checks.load(&key).await? else { return Ok(false) };
        if !check.is_stray(request) {
            return Ok(false);
        }
        let now = self.clock.now();
        let tell = |check: &mut Check| check.tell_stray(request, Actor::Updater, correlation_id, now);
        commit(self.checks.as_ref(), customer, &mut check, tell).await?;
        tell::stray_request(&check, request);
        Ok(true)
    }

    /// Whether a request is the one that this check sent: by our external id where Crosschq echoes it, else by the
    /// candidate's address and the position.
    async fn is_about(&self, customer: &Customer, check: &Check, live: &ReferenceRequest) -> Result<bool, Failure> {
        if let Some(external_id) = &live.external_id {
            return Ok(*external_id == check.key.external_id());
        }
        let (Some(person), Some(told)) = (&check.person, &live.candidate.email) else { return Ok(false) };
        let known = self.ats.person(customer, person).await?.email;
        let same_person = known.is_some_and(|known| known.expose().eq_ignore_ascii_case(told.expose()));
        Ok(same_person && self.position(customer, check).await? == live.position)
    }

    /// The position that the check's create named. A process that ended before it recorded its create did not record the
    /// template either: then it is the one that the requisition names.
    async fn position(&self, customer: &Customer, check: &Check) -> Result<Option<String>, Failure> {
        let Some(requisition) = &check.requisition else { return Ok(None) };
        let requisition = self.ats.requisition(customer, requisition).await?;
        let template = match &check.template {
            Some(tag) => customer.templates.iter().find(|known| known.tag == *tag),
            None => resolve_template(customer, &requisition).ok(),
        };
        Ok(template.map(|template| Order::position(template, &requisition)))
    }
}
