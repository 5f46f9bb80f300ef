//! What an operator does by hand: order, cancel, have a check looked at now. Through the same decisions as an event, and
//! by the same messages; what differs is that a person waits for the answer.

use std::sync::Arc;

use crate::domain::{
    Actor, CancelReason, Check, CorrelationId, Customer, Envelope, Message, OrderDecision, ReferenceOrder, Refusal,
    Source, Stamp, State, Timestamp, WorkflowId, decide_order,
};
use crate::failure::Failure;
use crate::ports::{Ats, Clock, Queue, WriteChecks};

use super::receive;
use super::support::commit::commit;
use super::support::facts::Reader;
use super::support::notify;
use super::support::workers::{Worker, workers_for};

/// What became of an order by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManualOrder {
    /// The requester carries it out as this attempt.
    Queued { attempt: u32 },
    /// The order that is there is so young that this one counts as the same.
    JustOrdered { attempt: u32, at: Timestamp },
    /// The customer is switched off: its orders are ignored.
    SwitchedOff,
}

/// What became of a cancellation by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManualCancel {
    /// It is marked; the canceller, or whoever creates the request, does the rest.
    Marked,
    /// Nothing had left for Crosschq: it is cancelled.
    Cancelled,
    /// It was marked before; the canceller is notified once more.
    AlreadyMarked { reason: CancelReason },
    /// The check had ended before.
    Over { state: State },
    /// A later attempt has taken its place: rejections and cancellations follow only that one.
    NotLatest { latest: u32 },
}

/// Carries out what an operator asks for.
pub struct Operator {
    pub checks: Arc<dyn WriteChecks>,
    pub ats: Arc<dyn Ats>,
    pub queue: Arc<dyn Queue>,
    pub clock: Arc<dyn Clock>,
}

impl Operator {
    /// Orders references for a workflow, as if its candidate had just been moved to the trigger status. Unlike an event's,
    /// the order is not accepted while the ATS cannot be read: the operator can ask again.
    ///
    /// # Errors
    /// [`Failure::Permanent`] for an order that cannot work, with the recruiter's sentence; [`Failure::Retry`] if it cannot
    /// be decided now.
    pub async fn order(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        correlation_id: &CorrelationId,
    ) -> Result<ManualOrder, Failure> {
        if !customer.settings.enabled {
            return Ok(ManualOrder::SwitchedOff);
        }
        let latest = self.checks.latest(&customer.id, workflow).await?;
        let now = self.clock.now();
        let decision = decide_order(customer, latest.as_ref(), now);
        if let (OrderDecision::Redelivery, Some(latest)) = (&decision, &latest) {
            return Ok(ManualOrder::JustOrdered { attempt: latest.key.attempt, at: latest.timing.created_at });
        }
        let reader = Reader { ats: self.ats.as_ref(), customer, clock: self.clock.as_ref() };
        let standing = reader.workflow(workflow).await?;
        if standing.status.as_ref().is_some_and(|status| !receive::orders(customer, status)) {
            return Err(Failure::Permanent(Refusal::MovedOn));
        }
        let attempt = match decision {
            OrderDecision::Start { attempt } => attempt,
            OrderDecision::Refuse(refusal) => return Err(Failure::Permanent(refusal)),
            OrderDecision::Redelivery => return Err(Failure::bug("an order again without an earlier one")),
        };
        let (person, requisition) = (standing.person.clone(), standing.requisition.clone());
        let facts = reader.of_workflow(standing, None, None, None).await?;
        receive::can_be_ordered(customer, facts)?;
        let order = ReferenceOrder {
            workflow: workflow.clone(),
            attempt,
            person,
            requisition,
            acting_user: None,
            old_status: None,
            ordered_at: now,
            source: Source::Operator,
        };
        self.queue.send(Envelope::new(customer.id.clone(), correlation_id.clone(), Message::Order(order))).await?;
        Ok(ManualOrder::Queued { attempt })
    }

    /// Marks a check to be cancelled, whatever the ATS says of its candidate, and tells the canceller. `check` is left as it
    /// stands then. Repeating it is harmless.
    ///
    /// # Errors
    /// What store or queue fail with. Where the queue fails, the mark stands, and the schedule follows it.
    pub async fn cancel(
        &self,
        customer: &Customer,
        check: &mut Check,
        correlation_id: &CorrelationId,
    ) -> Result<ManualCancel, Failure> {
        let latest = self.checks.latest(&customer.id, &check.key.workflow).await?;
        if let Some(latest) = latest.map(|latest| latest.key.attempt).filter(|&latest| latest != check.key.attempt) {
            return Ok(ManualCancel::NotLatest { latest });
        }
        if check.is_over() {
            return Ok(ManualCancel::Over { state: check.state() });
        }
        if let Some(reason) = check.cancel_reason() {
            notify::canceller(self.queue.as_ref(), check, Source::Operator, correlation_id).await?;
            return Ok(ManualCancel::AlreadyMarked { reason });
        }
        let stamp = Stamp { by: Actor::Operator, cause: correlation_id, now: self.clock.now() };
        commit(self.checks.as_ref(), customer, check, |check| {
            check.want_cancel(CancelReason::Operator, &stamp);
            if check.never_sent(stamp.now) {
                check.cancelled(&stamp);
            }
        })
        .await?;
        if !check.is_over() {
            notify::canceller(self.queue.as_ref(), check, Source::Operator, correlation_id).await?;
            return Ok(ManualCancel::Marked);
        }
        notify::updater(self.queue.as_ref(), check, Source::Operator, correlation_id).await?;
        match check.cancel_reason() {
            Some(CancelReason::Operator) => Ok(ManualCancel::Cancelled),
            _ => Ok(ManualCancel::Over { state: check.state() }),
        }
    }

    /// Forgets what iCIMS shows of a check, so that the next update writes the row again: for a row that somebody edited or
    /// deleted there, which nobody tells us.
    ///
    /// # Errors
    /// What the store fails with.
    pub async fn show_anew(&self, customer: &Customer, check: &mut Check) -> Result<(), Failure> {
        let soon = self.clock.now().after(Check::STEP_DUE);
        commit(self.checks.as_ref(), customer, check, |check| {
            check.sync.digest = None;
            check.due_by(soon);
        })
        .await
    }

    /// Has the right functions look at a check now, as the schedule would.
    ///
    /// # Errors
    /// What the queue fails with.
    pub async fn look_again(&self, check: &Check, correlation_id: &CorrelationId) -> Result<Vec<Worker>, Failure> {
        let workers = workers_for(check, self.clock.now());
        for worker in &workers {
            self.queue.send(worker.message(check, Source::Operator, correlation_id)).await?;
        }
        Ok(workers)
    }
}
