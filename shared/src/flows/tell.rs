//! Telling the other functions to look at a check.

use crate::domain::{
    Cancellation, Check, CheckKey, CorrelationId, Envelope, IcimsUpdate, Message, ReferenceOrder, RequestId,
};
use crate::failure::Failure;
use crate::ports::Queue;

/// Has the updater look at a check.
pub(super) async fn updater(queue: &dyn Queue, check: &Check, correlation_id: &CorrelationId) -> Result<(), Failure> {
    queue.send(update(check, correlation_id)).await
}

/// Has the canceller look at a check's workflow.
pub(super) async fn canceller(queue: &dyn Queue, check: &Check, correlation_id: &CorrelationId) -> Result<(), Failure> {
    queue.send(cancellation(check, correlation_id)).await
}

/// The message for the updater: somebody learnt something new.
fn update(check: &Check, correlation_id: &CorrelationId) -> Envelope<Message> {
    updating(check, correlation_id, false)
}

/// The message for the updater when only the schedule asks.
pub(super) fn background_update(check: &Check, correlation_id: &CorrelationId) -> Envelope<Message> {
    updating(check, correlation_id, true)
}

fn updating(check: &Check, correlation_id: &CorrelationId, background: bool) -> Envelope<Message> {
    let CheckKey { customer, workflow, attempt } = check.key.clone();
    let update = IcimsUpdate::Check { workflow, attempt, background };
    Envelope::new(customer, correlation_id.clone(), Message::Update(update))
}

/// The message for the canceller.
pub(super) fn cancellation(check: &Check, correlation_id: &CorrelationId) -> Envelope<Message> {
    let cancellation = Cancellation { workflow: check.key.workflow.clone() };
    Envelope::new(check.key.customer.clone(), correlation_id.clone(), Message::Cancellation(cancellation))
}

/// The message for the requester: the order as the check remembers it.
pub(super) fn order(check: &Check, correlation_id: &CorrelationId) -> Envelope<Message> {
    let order = ReferenceOrder {
        workflow: check.key.workflow.clone(),
        attempt: check.key.attempt,
        person: check.person.clone(),
        requisition: check.requisition.clone(),
        acting_user: check.acting_user.clone(),
        ordered_at: check.created_at,
    };
    Envelope::new(check.key.customer.clone(), correlation_id.clone(), Message::Order(order))
}

/// Reports a request that nobody follows.
pub(super) fn stray_request(check: &Check, request: &RequestId) {
    tracing::error!(customer.id = %check.key.customer, workflow.id = %check.key.workflow, check.attempt = check.key.attempt,
        reference_request.id = %request, "a second reference request was created for this check: it needs a person");
}
