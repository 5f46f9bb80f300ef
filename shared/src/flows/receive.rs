//! A status change came from the ATS: order, cancel or ignore, and refuse at once what cannot work.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{
    Cancellation, CorrelationId, Customer, Envelope, Intent, Message, OrderDecision, PersonId, ReferenceOrder,
    RequisitionId, StatusEvent, StatusId, WorkflowId, candidate_of, decide_event, decide_order, meaning,
    resolve_template,
};
use crate::failure::{Failure, Outcome};
use crate::ports::{Ats, CheckStore, Clock, Queue};

use super::facts::{self, Facts};

/// How long the answer to the recruiter may wait for reads from the ATS; then the order is accepted and the worker
/// decides (facts icims §2.1: answer within about 5 s).
pub const READ_BUDGET: Duration = Duration::from_millis(2_500);

/// A status change, as the event tells it.
#[derive(Debug, Clone)]
pub struct StatusChange {
    /// The recruiting workflow.
    pub workflow: WorkflowId,
    /// The candidate, if told.
    pub person: Option<PersonId>,
    /// The requisition, if told.
    pub requisition: Option<RequisitionId>,
    /// Who moved it, if told.
    pub acting_user: Option<PersonId>,
    /// The status moved to.
    pub new_status: StatusId,
}

/// Takes status changes in.
pub struct Receiver {
    /// Whether a check is open: one read.
    pub checks: Arc<dyn CheckStore>,
    /// Workflow, person, job.
    pub ats: Arc<dyn Ats>,
    /// The only durable write.
    pub queue: Arc<dyn Queue>,
    /// The present.
    pub clock: Arc<dyn Clock>,
}

impl Receiver {
    /// Handles a status change. When this returns `Ok(Done)`, the message is durable.
    ///
    /// # Errors
    /// [`Failure::Permanent`] for an order that cannot work, with the sentence for the recruiter; [`Failure::Retry`]
    /// if it cannot be accepted right now.
    pub async fn receive(
        &self,
        customer: &Customer,
        change: StatusChange,
        correlation_id: &CorrelationId,
    ) -> Result<Outcome, Failure> {
        let event = StatusEvent { new_status: change.new_status.clone(), acting_user: change.acting_user.clone() };
        match decide_event(customer, &event) {
            Intent::Ignore(why) => Ok(Outcome::Ignored(why)),
            Intent::Cancel(_) => {
                let message = Message::Cancellation(Cancellation { workflow: change.workflow });
                self.queue.send(Envelope::new(customer.id.clone(), correlation_id.clone(), message)).await?;
                Ok(Outcome::Done("cancellation queued"))
            }
            Intent::Request => self.order(customer, change, correlation_id).await,
        }
    }

    async fn order(
        &self,
        customer: &Customer,
        change: StatusChange,
        correlation_id: &CorrelationId,
    ) -> Result<Outcome, Failure> {
        let (latest, facts) = futures_util::join!(
            self.checks.latest(&customer.id, &change.workflow),
            tokio::time::timeout(
                READ_BUDGET,
                facts::gather(
                    self.ats.as_ref(),
                    customer,
                    &change.workflow,
                    change.person.as_ref(),
                    change.requisition.as_ref(),
                ),
            ),
        );
        let now = self.clock.now();
        let decision = decide_order(latest?.as_ref(), now);
        if decision == OrderDecision::Redelivery {
            return Ok(Outcome::Ignored("the same event again"));
        }
        match facts {
            Ok(Ok(facts)) => {
                if !stands(customer, facts, &decision)? {
                    return Ok(Outcome::Ignored("the candidate has already left the Crosschq status"));
                }
            }
            Ok(Err(refused @ Failure::Permanent(_))) => return Err(refused),
            Ok(Err(unread)) => {
                tracing::warn!(customer.id = %customer.id, workflow.id = %change.workflow, failure = unread.class(), why = %unread,
                    "order accepted without a look into the ATS");
            }
            Err(_) => {
                tracing::warn!(customer.id = %customer.id, workflow.id = %change.workflow,
                    "order accepted without a look into the ATS: it is slow");
            }
        }
        let attempt = match decision {
            OrderDecision::Start { attempt } => attempt,
            OrderDecision::Refuse(refusal) => return Err(Failure::Permanent(refusal)),
            OrderDecision::Redelivery => return Ok(Outcome::Ignored("the same event again")),
        };
        let order = ReferenceOrder {
            workflow: change.workflow,
            attempt,
            person: change.person,
            requisition: change.requisition,
            acting_user: change.acting_user,
            ordered_at: now,
        };
        self.queue.send(Envelope::new(customer.id.clone(), correlation_id.clone(), Message::Order(order))).await?;
        Ok(Outcome::Done("order queued"))
    }
}

/// Whether an order stands, given what the ATS tells: `false` if the candidate has left the trigger status.
///
/// # Errors
/// [`Failure::Permanent`] with what the recruiter can mend: another order, e-mail, name, template.
pub(super) fn stands(customer: &Customer, facts: Facts, decision: &OrderDecision) -> Result<bool, Failure> {
    if let Some(status) = &facts.workflow.status
        && meaning(&customer.settings.icims.statuses, status) != Intent::Request
    {
        return Ok(false);
    }
    if let OrderDecision::Refuse(refusal) = decision {
        return Err(Failure::Permanent(refusal.clone()));
    }
    candidate_of(facts.candidate).map_err(Failure::Permanent)?;
    resolve_template(customer, &facts.requisition).map_err(Failure::Permanent)?;
    Ok(true)
}
