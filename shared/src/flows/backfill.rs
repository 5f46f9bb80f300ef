//! Status changes whose push never came are found by asking the ATS, for the customers that opted in.
//!
//! What is found is enqueued as the push would have been: the claim decides, so that a push and a look lead to one check.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tracing::Instrument as _;

use super::support::standing;
use crate::domain::{
    CancelState, Cancellation, CorrelationId, Customer, CustomerId, Envelope, Intent, Message, ReferenceOrder, Seeking,
    Source, Timestamp, Watermark, WorkflowId, decide_missed, meaning,
};
use crate::failure::Failure;
use crate::ports::{AtsError, AtsSearch, Clock, Customers, OptedIn, Queue, ReadChecks, SEARCH_PAGE, Watermarks};

/// A customer's look is cut off after this time; the next one goes on where it was.
const TIME_BOX: Duration = Duration::from_secs(12);
/// What has to be left of the run for a look to begin.
const NEEDED: Duration = Duration::from_secs(20);
/// Customers looked at side by side.
const SIDE_BY_SIDE: usize = 4;
/// Workflows in one look at most: each costs a read of ours.
const WORKFLOWS_A_LOOK: usize = 300;

/// Looks for missed pushes.
pub struct Searcher {
    /// Who opted in.
    pub opted_in: Arc<dyn OptedIn>,
    /// Their settings.
    pub customers: Arc<dyn Customers>,
    /// How far the looks have come.
    pub watermarks: Arc<dyn Watermarks>,
    /// Which workflows have a check.
    pub checks: Arc<dyn ReadChecks>,
    /// What changed.
    pub ats: Arc<dyn AtsSearch>,
    /// Towards requester and canceller.
    pub queue: Arc<dyn Queue>,
    /// The present.
    pub clock: Arc<dyn Clock>,
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Searched {
    /// Customers looked at.
    pub looks: usize,
    /// Looks that failed or ran out of time.
    pub failed: usize,
    /// Orders whose push was missed.
    pub orders: usize,
    /// Rejections and withdrawals whose push was missed.
    pub cancellations: usize,
    /// Calls to the ATS.
    pub calls: u32,
}

impl Searched {
    fn and(self, other: Self) -> Self {
        Self {
            looks: self.looks + other.looks,
            failed: self.failed + other.failed,
            orders: self.orders + other.orders,
            cancellations: self.cancellations + other.cancellations,
            calls: self.calls + other.calls,
        }
    }
}

/// One look: what it may still spend, and what it found.
struct Look<'a> {
    customer: &'a Customer,
    mark: Watermark,
    /// Calls that may be made at most.
    booked: u32,
    used: u32,
    /// Workflows looked at.
    seen: usize,
    found: Vec<Message>,
}

/// Why a look ends before its pass does.
enum Stop {
    /// It has spent what it may.
    Spent,
    /// The customer's quota is down to the reserve until then.
    Reserve(Duration),
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<AtsError> for Stop {
    fn from(error: AtsError) -> Self {
        match error {
            AtsError::RateLimited { after: Some(after) } => Self::Reserve(after),
            other => Self::Failed(other.into()),
        }
    }
}

impl Searcher {
    /// Looks at every customer that opted in and whose time has come. A customer that fails, or whose platform is slow,
    /// costs its own look and no other's. `deadline` is when this process may be stopped.
    ///
    /// # Errors
    /// What the roster fails with; then nothing was looked for.
    pub async fn search(&self, correlation_id: &CorrelationId, deadline: Timestamp) -> Result<Searched, Failure> {
        let customers = self.enlist().await?;
        // Who comes last in this run, and is left out if time runs short, comes first in a later one.
        let first = usize::try_from(self.clock.now().s() / 300).unwrap_or(0) % customers.len().max(1);
        let (last, first) = customers.split_at(first);
        let in_turn: Vec<CustomerId> = first.iter().chain(last).cloned().collect();
        let looks = stream::iter(in_turn).map(|id| {
            let span = tracing::error_span!("customer", customer.id = %id);
            self.in_time(id, correlation_id, deadline).instrument(span)
        });
        let looks: Vec<Searched> = looks.buffer_unordered(SIDE_BY_SIDE).collect().await;
        Ok(looks.into_iter().fold(Searched::default(), Searched::and))
    }

    /// One customer's look, if the run has time left for it; its failure ends here.
    async fn in_time(&self, id: CustomerId, correlation_id: &CorrelationId, deadline: Timestamp) -> Searched {
        if deadline.since(self.clock.now()) < NEEDED {
            return Searched::default();
        }
        self.one(&id, correlation_id).await.unwrap_or_else(|failure| {
            tracing::warn!(failure = failure.class().as_str(), why = %failure,
                "missed pushes were not looked for");
            Searched { looks: 1, failed: 1, ..Searched::default() }
        })
    }

    /// Who is looked for. For those who were not on the last roster it begins now, whatever was left from before.
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

    async fn one(&self, id: &CustomerId, correlation_id: &CorrelationId) -> Result<Searched, Failure> {
        let Some(customer) = self.customers.customer(id).await? else { return Ok(Searched::default()) };
        let Some(settings) = customer.settings.icims.find_missed_pushes.as_ref().filter(|_| customer.settings.enabled)
        else {
            return Ok(Searched::default());
        };
        let Some(mut mark) = self.watermarks.load(id).await? else {
            self.watermarks.reset(id, &Watermark::begin(self.clock.now())).await?;
            return Ok(Searched::default());
        };
        let Some(booked) = mark.begin_look(settings, self.clock.now()) else { return Ok(Searched::default()) };
        if let Some(pause) = self.ats.pause_for_background(&customer) {
            mark.end_look(booked, 0, true, self.clock.now());
            mark.next_at = mark.next_at.max(self.clock.now().after(pause));
            self.watermarks.save(id, &mut mark).await?;
            return Ok(Searched::default());
        }
        // Booked before it is spent: whoever dies in a look has spent its calls, and the next run does not begin it anew.
        if !self.watermarks.save(id, &mut mark).await? {
            return Ok(Searched::default());
        }
        let mut look = Look { customer: &customer, mark, booked, used: 0, seen: 0, found: Vec::new() };
        let ended = match tokio::time::timeout(TIME_BOX, self.look(&mut look)).await {
            Ok(ended) => ended,
            Err(_) => Err(Stop::Failed(Failure::retry("iCIMS is too slow for the look to end"))),
        };
        self.end(look, ended, correlation_id).await
    }

    /// Enqueues what was found, then keeps how far the look came.
    async fn end(
        &self,
        look: Look<'_>,
        ended: Result<(), Stop>,
        correlation_id: &CorrelationId,
    ) -> Result<Searched, Failure> {
        let Look { customer, mut mark, booked, used, found, .. } = look;
        let orders = found.iter().filter(|message| matches!(message, Message::Order(_))).count();
        let told = Searched {
            looks: 1,
            failed: usize::from(matches!(ended, Err(Stop::Failed(_)))),
            orders,
            cancellations: found.len() - orders,
            calls: used,
        };
        let envelope = |message| Envelope::new(customer.id.clone(), correlation_id.clone(), message);
        if !found.is_empty() {
            self.queue.send_all(found.into_iter().map(envelope).collect()).await?;
        }
        let now = self.clock.now();
        mark.end_look(booked, used, told.failed > 0, now);
        match ended {
            Ok(()) | Err(Stop::Spent) => {}
            Err(Stop::Reserve(pause)) => mark.next_at = mark.next_at.max(now.after(pause)),
            Err(Stop::Failed(failure)) => {
                tracing::warn!(failure = failure.class().as_str(), why = %failure,
                    "a look for missed pushes stopped short");
            }
        }
        self.watermarks.save(&customer.id, &mut mark).await?;
        Ok(told)
    }

    /// Goes on with the pass until it ends or something stops it.
    async fn look(&self, look: &mut Look<'_>) -> Result<(), Stop> {
        while let Some(pass) = look.mark.pass.clone() {
            let icims = &look.customer.settings.icims;
            let statuses = match pass.seeking {
                Seeking::Rejections if !icims.cancel_on_reject => Vec::new(),
                Seeking::Rejections => [icims.statuses.rejected.clone(), icims.statuses.withdrawn.clone()].concat(),
                Seeking::Orders => icims.statuses.trigger.clone(),
            };
            if statuses.is_empty() {
                look.mark.next_seeking();
                continue;
            }
            self.spend(look)?;
            let found = self.ats.changed(look.customer, &statuses, pass.since, pass.after.as_ref()).await?;
            for workflow in &found {
                if look.seen >= WORKFLOWS_A_LOOK {
                    return Err(Stop::Spent);
                }
                look.seen += 1;
                match pass.seeking {
                    Seeking::Rejections => self.rejection(look, workflow).await?,
                    Seeking::Orders => self.order(look, workflow).await?,
                }
                if let Some(pass) = &mut look.mark.pass {
                    pass.passed(workflow.clone());
                }
            }
            if found.len() < SEARCH_PAGE {
                look.mark.next_seeking();
            }
        }
        Ok(())
    }

    /// Counts a call, if one is left.
    fn spend(&self, look: &mut Look<'_>) -> Result<(), Stop> {
        if let Some(pause) = self.ats.pause_for_background(look.customer) {
            return Err(Stop::Reserve(pause));
        }
        if look.used >= look.booked {
            return Err(Stop::Spent);
        }
        look.used += 1;
        Ok(())
    }

    /// An open check of a candidate who is out, and knows nothing of it: the canceller asks the ATS and decides.
    async fn rejection(&self, look: &mut Look<'_>, workflow: &WorkflowId) -> Result<(), Stop> {
        let latest = self.checks.latest(&look.customer.id, workflow).await?;
        if latest.is_some_and(|check| !check.is_over() && *check.cancel() == CancelState::None) {
            tracing::warn!(workflow.id = %workflow, "a rejection whose push was missed");
            look.found.push(Message::Cancellation(Cancellation {
                workflow: workflow.clone(),
                rejection: None,
                source: Source::Event,
            }));
        }
        Ok(())
    }

    /// A workflow in a trigger status without an open check: whether its push was missed depends on when it came there.
    async fn order(&self, look: &mut Look<'_>, workflow: &WorkflowId) -> Result<(), Stop> {
        let latest = self.checks.latest(&look.customer.id, workflow).await?;
        if latest.as_ref().is_some_and(|check| !check.is_over()) {
            return Ok(());
        }
        self.spend(look)?;
        let mut standing = match self.ats.standing(look.customer, workflow).await {
            Ok(standing) => standing,
            // Also a 404: it was listed, so it may be hidden only for a while.
            Err(error) => return self.stumble(look, workflow, error),
        };
        let status = standing.workflow.status.as_ref();
        if !status.is_some_and(|status| meaning(&look.customer.settings.icims.statuses, status) == Intent::Request) {
            return Ok(());
        }
        if standing.log.is_empty() {
            self.spend(look)?;
            standing = match standing::with_log(self.ats.as_ref(), look.customer, workflow, standing).await {
                Ok(standing) => standing,
                Err(error) => return self.stumble(look, workflow, error),
            };
        }
        let now = self.clock.now();
        let Some(attempt) = decide_missed(look.customer, &look.mark, latest.as_ref(), &standing, now) else {
            return Ok(());
        };
        tracing::warn!(workflow.id = %workflow, check.attempt = attempt,
            "an order whose push was missed");
        look.found.push(Message::Order(ReferenceOrder {
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

    /// A workflow that cannot be read ends the look; one that cannot be read again and again does not end all of them.
    fn stumble(&self, look: &mut Look<'_>, workflow: &WorkflowId, error: AtsError) -> Result<(), Stop> {
        let limited = matches!(error, AtsError::RateLimited { .. });
        let pass_over = !limited && look.mark.pass.as_mut().is_some_and(|pass| pass.stumbled());
        if pass_over {
            tracing::error!(workflow.id = %workflow, why = %error,
                "this workflow cannot be read: whether its push was missed is not known");
            return Ok(());
        }
        Err(error.into())
    }
}
