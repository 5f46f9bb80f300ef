//! Status changes whose event never came are found by asking the ATS, for the customers that opted in.
//!
//! What is found is enqueued as its event would have been: the claim decides, so that an event and a scan lead to one check.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tracing::Instrument as _;

use super::support::standing;
use crate::domain::{
    CancelState, Cancellation, CorrelationId, Customer, CustomerId, Envelope, Intent, Message, ReferenceOrder,
    SearchPhase, Source, Timestamp, Watermark, WorkflowId, decide_missed, meaning,
};
use crate::failure::Failure;
use crate::ports::{AtsError, AtsSearch, Clock, Customers, OptedIn, Queue, ReadChecks, SEARCH_PAGE, Watermarks};

/// A customer's scan is cut off after this time; the next one goes on where it was.
const SCAN_TIMEOUT: Duration = Duration::from_secs(12);
/// What has to be left of the run for a scan to begin.
const NEEDED: Duration = Duration::from_secs(20);
/// Customers scanned at the same time.
const CONCURRENCY: usize = 4;
/// Workflows in one scan at most: each costs a read of ours.
const MAX_WORKFLOWS_PER_SCAN: usize = 300;

/// Finds missed events.
pub struct EventBackfill {
    pub opted_in: Arc<dyn OptedIn>,
    pub customers: Arc<dyn Customers>,
    pub watermarks: Arc<dyn Watermarks>,
    pub checks: Arc<dyn ReadChecks>,
    pub ats: Arc<dyn AtsSearch>,
    pub queue: Arc<dyn Queue>,
    pub clock: Arc<dyn Clock>,
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackfillReport {
    /// Scans begun, one for each customer.
    pub scans: usize,
    /// Scans that failed or ran out of time.
    pub failed: usize,
    pub orders: usize,
    /// Rejections and withdrawals.
    pub cancellations: usize,
    /// Calls to the ATS.
    pub calls: u32,
}

impl BackfillReport {
    fn and(self, other: Self) -> Self {
        Self {
            scans: self.scans + other.scans,
            failed: self.failed + other.failed,
            orders: self.orders + other.orders,
            cancellations: self.cancellations + other.cancellations,
            calls: self.calls + other.calls,
        }
    }
}

/// One scan: what it may still spend, and what it found.
struct Scan<'a> {
    customer: &'a Customer,
    mark: Watermark,
    /// Calls that may be made at most.
    booked: u32,
    used: u32,
    workflows: usize,
    found: Vec<Message>,
}

/// Why a scan ends before its pass does.
enum Interrupted {
    /// It has spent what it may.
    Spent,
    /// The customer's quota is down to the reserve until then.
    Reserve(Duration),
    Failed(Failure),
}

impl From<Failure> for Interrupted {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<AtsError> for Interrupted {
    fn from(error: AtsError) -> Self {
        match error {
            AtsError::RateLimited { after: Some(after) } => Self::Reserve(after),
            other => Self::Failed(other.into()),
        }
    }
}

impl EventBackfill {
    /// Scans every customer that opted in and whose time has come. A customer that fails, or whose platform is slow, costs its
    /// own scan and no other's. `deadline` is when this process may be stopped.
    ///
    /// # Errors
    /// What the roster fails with; then nothing was scanned.
    pub async fn run(&self, correlation_id: &CorrelationId, deadline: Timestamp) -> Result<BackfillReport, Failure> {
        let customers = self.enlist().await?;
        // Who comes last in this run, and is left out if time runs short, comes first in a later one.
        let first = usize::try_from(self.clock.now().s() / 300).unwrap_or(0) % customers.len().max(1);
        let (last, first) = customers.split_at(first);
        let in_turn: Vec<CustomerId> = first.iter().chain(last).cloned().collect();
        let scans = stream::iter(in_turn).map(|id| {
            let span = tracing::error_span!("customer", customer.id = %id);
            self.in_time(id, correlation_id, deadline).instrument(span)
        });
        let scans: Vec<BackfillReport> = scans.buffer_unordered(CONCURRENCY).collect().await;
        Ok(scans.into_iter().fold(BackfillReport::default(), BackfillReport::and))
    }

    /// One customer's scan, if the run has time left for it; its failure ends here.
    async fn in_time(&self, id: CustomerId, correlation_id: &CorrelationId, deadline: Timestamp) -> BackfillReport {
        if deadline.since(self.clock.now()) < NEEDED {
            return BackfillReport::default();
        }
        self.one(&id, correlation_id).await.unwrap_or_else(|failure| {
            tracing::warn!(failure = failure.class().as_str(), why = %failure,
                "event backfill failed");
            BackfillReport { scans: 1, failed: 1, ..BackfillReport::default() }
        })
    }

    /// Who opted in. For those who were not on the last roster the backfill begins now, whatever was left from before.
    async fn enlist(&self) -> Result<Vec<CustomerId>, Failure> {
        let mut present = self.opted_in.opted_in().await?;
        present.sort();
        let roster = self.watermarks.roster().await?;
        for id in present.iter().filter(|id| !roster.contains(id)) {
            self.watermarks.reset(id, &Watermark::begin(self.clock.now())).await?;
        }
        if present != roster {
            self.watermarks.set_roster(&present).await?;
        }
        Ok(present)
    }

    async fn one(&self, id: &CustomerId, correlation_id: &CorrelationId) -> Result<BackfillReport, Failure> {
        let Some(customer) = self.customers.customer(id).await? else { return Ok(BackfillReport::default()) };
        let Some(settings) = customer.settings.icims.find_missed_pushes.as_ref().filter(|_| customer.settings.enabled)
        else {
            return Ok(BackfillReport::default());
        };
        let Some(mut mark) = self.watermarks.load(id).await? else {
            self.watermarks.reset(id, &Watermark::begin(self.clock.now())).await?;
            return Ok(BackfillReport::default());
        };
        let Some(booked) = mark.begin_scan(settings, self.clock.now()) else { return Ok(BackfillReport::default()) };
        if let Some(pause) = self.ats.pause_for_background(&customer) {
            mark.end_scan(booked, 0, true, self.clock.now());
            mark.next_at = mark.next_at.max(self.clock.now().after(pause));
            self.watermarks.save(id, &mut mark).await?;
            return Ok(BackfillReport::default());
        }
        // Booked before it is spent: a scan that is killed has spent its calls, and the next run does not begin it anew.
        if !self.watermarks.save(id, &mut mark).await? {
            return Ok(BackfillReport::default());
        }
        let mut scan = Scan { customer: &customer, mark, booked, used: 0, workflows: 0, found: Vec::new() };
        let ended = match tokio::time::timeout(SCAN_TIMEOUT, self.scan(&mut scan)).await {
            Ok(ended) => ended,
            Err(_) => Err(Interrupted::Failed(Failure::retry("iCIMS is too slow for the scan to end"))),
        };
        self.end(scan, ended, correlation_id).await
    }

    /// Enqueues what was found, then keeps how far the scan came.
    async fn end(
        &self,
        scan: Scan<'_>,
        ended: Result<(), Interrupted>,
        correlation_id: &CorrelationId,
    ) -> Result<BackfillReport, Failure> {
        let Scan { customer, mut mark, booked, used, found, .. } = scan;
        let orders = found.iter().filter(|message| matches!(message, Message::Order(_))).count();
        let report = BackfillReport {
            scans: 1,
            failed: usize::from(matches!(ended, Err(Interrupted::Failed(_)))),
            orders,
            cancellations: found.len() - orders,
            calls: used,
        };
        let envelope = |message| Envelope::new(customer.id.clone(), correlation_id.clone(), message);
        if !found.is_empty() {
            self.queue.send_all(found.into_iter().map(envelope).collect()).await?;
        }
        let now = self.clock.now();
        mark.end_scan(booked, used, report.failed > 0, now);
        match ended {
            Ok(()) | Err(Interrupted::Spent) => {}
            Err(Interrupted::Reserve(pause)) => mark.next_at = mark.next_at.max(now.after(pause)),
            Err(Interrupted::Failed(failure)) => {
                tracing::warn!(failure = failure.class().as_str(), why = %failure,
                    "event backfill interrupted");
            }
        }
        self.watermarks.save(&customer.id, &mut mark).await?;
        Ok(report)
    }

    /// Goes on with the pass until it ends or something stops it.
    async fn scan(&self, scan: &mut Scan<'_>) -> Result<(), Interrupted> {
        while let Some(pass) = scan.mark.pass.clone() {
            let icims = &scan.customer.settings.icims;
            let statuses = match pass.phase {
                SearchPhase::Rejections if !icims.cancel_on_reject => Vec::new(),
                SearchPhase::Rejections => [icims.statuses.rejected.clone(), icims.statuses.withdrawn.clone()].concat(),
                SearchPhase::Orders => icims.statuses.trigger.clone(),
            };
            if statuses.is_empty() {
                scan.mark.next_phase();
                continue;
            }
            self.spend(scan)?;
            let found = self.ats.changed(scan.customer, &statuses, pass.since, pass.after.as_ref()).await?;
            for workflow in &found {
                if scan.workflows >= MAX_WORKFLOWS_PER_SCAN {
                    return Err(Interrupted::Spent);
                }
                scan.workflows += 1;
                match pass.phase {
                    SearchPhase::Rejections => self.rejection(scan, workflow).await?,
                    SearchPhase::Orders => self.order(scan, workflow).await?,
                }
                if let Some(pass) = &mut scan.mark.pass {
                    pass.advance(workflow.clone());
                }
            }
            if found.len() < SEARCH_PAGE {
                scan.mark.next_phase();
            }
        }
        Ok(())
    }

    /// Counts a call, if one is left.
    fn spend(&self, scan: &mut Scan<'_>) -> Result<(), Interrupted> {
        if let Some(pause) = self.ats.pause_for_background(scan.customer) {
            return Err(Interrupted::Reserve(pause));
        }
        if scan.used >= scan.booked {
            return Err(Interrupted::Spent);
        }
        scan.used += 1;
        Ok(())
    }

    /// An open check of a candidate who is out, and knows nothing of it: the canceller asks the ATS and decides.
    async fn rejection(&self, scan: &mut Scan<'_>, workflow: &WorkflowId) -> Result<(), Interrupted> {
        let latest = self.checks.latest(&scan.customer.id, workflow).await?;
        if latest.is_some_and(|check| !check.is_over() && *check.cancel() == CancelState::None) {
            tracing::warn!(workflow.id = %workflow, "a rejection whose event was missed");
            scan.found.push(Message::Cancellation(Cancellation {
                workflow: workflow.clone(),
                rejection: None,
                source: Source::Event,
            }));
        }
        Ok(())
    }

    /// A workflow in a trigger status without an open check: whether its event was missed depends on when it came there.
    async fn order(&self, scan: &mut Scan<'_>, workflow: &WorkflowId) -> Result<(), Interrupted> {
        let latest = self.checks.latest(&scan.customer.id, workflow).await?;
        if latest.as_ref().is_some_and(|check| !check.is_over()) {
            return Ok(());
        }
        self.spend(scan)?;
        let mut standing = match self.ats.standing(scan.customer, workflow).await {
            Ok(standing) => standing,
            // Also a 404: it was listed, so it may be hidden only for a while.
            Err(error) => return self.unreadable(scan, workflow, error),
        };
        let status = standing.workflow.status.as_ref();
        if !status.is_some_and(|status| meaning(&scan.customer.settings.icims.statuses, status) == Intent::Request) {
            return Ok(());
        }
        if standing.log.is_empty() {
            self.spend(scan)?;
            standing = match standing::with_log(self.ats.as_ref(), scan.customer, workflow, standing).await {
                Ok(standing) => standing,
                Err(error) => return self.unreadable(scan, workflow, error),
            };
        }
        let now = self.clock.now();
        let Some(attempt) = decide_missed(scan.customer, &scan.mark, latest.as_ref(), &standing, now) else {
            return Ok(());
        };
        tracing::warn!(workflow.id = %workflow, check.attempt = attempt,
            "an order whose event was missed");
        scan.found.push(Message::Order(ReferenceOrder {
            workflow: workflow.clone(),
            attempt,
            acting_user: standing.entered().and_then(|entered| entered.by.clone()),
            person: standing.workflow.person,
            requisition: standing.workflow.requisition,
            old_status: None,
            ordered_at: now,
            source: Source::Event,
        }));
        Ok(())
    }

    /// A workflow that cannot be read ends the scan; one that cannot be read again and again does not end all of them.
    fn unreadable(&self, scan: &mut Scan<'_>, workflow: &WorkflowId, error: AtsError) -> Result<(), Interrupted> {
        let limited = matches!(error, AtsError::RateLimited { .. });
        let is_skipped = !limited && scan.mark.pass.as_mut().is_some_and(|pass| pass.record_failure());
        if is_skipped {
            tracing::error!(workflow.id = %workflow, why = %error,
                "this workflow cannot be read: whether its event was missed is not known");
            return Ok(());
        }
        Err(error.into())
    }
}
