//! Messages to the other functions: look at this check.

use crate::domain::{
    Cancellation, Check, CheckKey, CorrelationId, Envelope, IcimsUpdate, Message, ReferenceOrder, RequestId, Source,
};
use crate::failure::{Failure, MANUAL};
use crate::ports::Queue;

use super::span;

/// Has the updater look at a check.
pub(in crate::flows) async fn updater(
    queue: &dyn Queue,
    check: &Check,
    source: Source,
    cause: &CorrelationId,
) -> Result<(), Failure> {
    queue.send(update(check, source, cause)).await
}

/// Has the canceller look at a check's workflow.
pub(in crate::flows) async fn canceller(
    queue: &dyn Queue,
    check: &Check,
    source: Source,
    cause: &CorrelationId,
) -> Result<(), Failure> {
    queue.send(cancellation(check, source, cause)).await
}

/// The message for the updater.
pub(in crate::flows) fn update(check: &Check, source: Source, cause: &CorrelationId) -> Envelope<Message> {
    let CheckKey { customer, workflow, attempt } = check.key.clone();
    let update = IcimsUpdate::Check { workflow, attempt, source };
    Envelope::new(customer, cause.clone(), Message::Update(update))
}

/// The message for the canceller: what the check knows of a rejection, the canceller reads there.
pub(in crate::flows) fn cancellation(check: &Check, source: Source, cause: &CorrelationId) -> Envelope<Message> {
    let cancellation = Cancellation { workflow: check.key.workflow.clone(), rejection: None, source };
    Envelope::new(check.key.customer.clone(), cause.clone(), Message::Cancellation(cancellation))
}

/// The message for the requester: the order as the check remembers it.
pub(in crate::flows) fn order(check: &Check, source: Source, cause: &CorrelationId) -> Envelope<Message> {
    let order = ReferenceOrder {
        workflow: check.key.workflow.clone(),
        attempt: check.key.attempt,
        person: check.subject.person.clone(),
        requisition: check.subject.requisition.clone(),
        acting_user: check.subject.acting_user.clone(),
        old_status: None,
        ordered_at: check.timing.created_at,
        source,
    };
    Envelope::new(check.key.customer.clone(), cause.clone(), Message::Order(order))
}

/// Logs a request that nobody follows.
pub(in crate::flows) fn duplicate_request(check: &Check, request: &RequestId) {
    span::record(&check.key);
    tracing::error!(action = MANUAL, reference_request.id = %request, "a second reference request exists for this check: manual action required");
}
