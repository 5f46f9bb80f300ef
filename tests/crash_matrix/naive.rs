//! The requester as one would write it first: a claim that is deleted on error, and a create that is simply tried again.
//! The matrix has to catch it, or it has no teeth.

use connector_core::domain::{
    Actor, Check, CheckKey, CorrelationId, CreateCount, CreateLedger, Customer, Envelope, FailureClass, IcimsUpdate,
    Lease, Message, NewCheck, Order, RecognizedBy, ReferenceOrder, Source, Stamp, State, Timestamp, candidate_of,
    resolve_template,
};
use connector_core::failure::{Failure, Outcome};
use connector_core::flows::Requester;
use connector_core::ports::{CreateError, Write};

/// Carries orders out, naively.
pub(crate) struct NaiveRequester<'a>(pub &'a Requester);

fn stamp(cause: &CorrelationId, now: Timestamp) -> Stamp<'_> {
    Stamp { by: Actor::Requester, cause, now }
}

impl NaiveRequester<'_> {
    pub(crate) async fn request(
        &self,
        customer: &Customer,
        order: &ReferenceOrder,
        correlation_id: &CorrelationId,
        deadline: Timestamp,
    ) -> Result<Outcome, Failure> {
        let days = customer.settings.retention_days;
        let now = self.0.clock.now();
        let key = CheckKey { customer: customer.id.clone(), workflow: order.workflow.clone(), attempt: order.attempt };
        let mut check = {
            let new = NewCheck { key, order, manual_orders: 0, repeat_unconfirmed: false };
            Check::claim(new, Lease { until: deadline }, &stamp(correlation_id, now))
        };
        if let Write::Conflict(theirs) = self.0.checks.insert(&check, days).await? {
            check = *theirs;
            if check.state() != State::Claimed {
                return Ok(Outcome::AlreadyRequested);
            }
            if check.lease().is_some_and(|lease| lease.until > now) {
                return Err(Failure::retry("claimed by another"));
            }
            check.take_over(Lease { until: deadline }, &stamp(correlation_id, now));
            if let Write::Conflict(_) = self.0.checks.save(&mut check, days).await? {
                return Err(Failure::retry("claimed by another"));
            }
        }
        match self.create(customer, &mut check, correlation_id).await {
            Ok(()) => Ok(Outcome::Requested),
            Err(failure) => {
                // "Deleted on error": as if nothing had ever left.
                let due_at = check.timing.due_at;
                check.creates = CreateLedger::default();
                check.release(FailureClass::Retry, now, CreateCount::Kept, &stamp(correlation_id, now));
                check.timing.due_at = due_at;
                self.0.checks.save(&mut check, days).await?;
                Err(failure)
            }
        }
    }

    async fn create(
        &self,
        customer: &Customer,
        check: &mut Check,
        correlation_id: &CorrelationId,
    ) -> Result<(), Failure> {
        let (Some(person), Some(requisition)) = (&check.subject.person, &check.subject.requisition) else {
            return Err(Failure::bug("an order without ids"));
        };
        let requisition = self.0.ats.requisition(customer, requisition).await?;
        let candidate = candidate_of(self.0.ats.person(customer, person).await?).map_err(Failure::Permanent)?;
        let template = resolve_template(customer, &requisition).map_err(Failure::Permanent)?;
        let order = Order::new(check, template, candidate.clone(), &requisition, candidate.email, None);
        let request = match self.0.provider.create(customer, &order, correlation_id).await {
            Ok(request) => request,
            Err(CreateError::NotCreated(error)) => return Err(error.into()),
            Err(error) => return Err(Failure::retry(error.to_string())),
        };
        check.requested(&request, RecognizedBy::Reply, &stamp(correlation_id, self.0.clock.now()));
        self.0.checks.save(check, customer.settings.retention_days).await?;
        let update = IcimsUpdate::Check {
            workflow: check.key.workflow.clone(),
            attempt: check.key.attempt,
            source: Source::Event,
        };
        let message = Message::Update(update);
        self.0.queue.send(Envelope::new(customer.id.clone(), correlation_id.clone(), message)).await
    }
}
