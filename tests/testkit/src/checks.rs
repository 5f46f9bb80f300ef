//! Orders and claimed checks, for tests that begin with one.

use connector_core::domain::{
    Actor, Check, CheckKey, CorrelationId, CustomerId, Lease, NewCheck, ReferenceOrder, Source, Stamp, Timestamp,
    WorkflowId,
};

/// An order by an event that names nobody.
pub fn order(workflow: &WorkflowId, attempt: u32, ordered_at: Timestamp) -> ReferenceOrder {
    ReferenceOrder {
        workflow: workflow.clone(),
        attempt,
        person: None,
        requisition: None,
        acting_user: None,
        ordered_at,
        old_status: None,
        source: Source::Event,
    }
}

/// The check of an order, claimed when it was ordered and until a moment.
pub fn claimed(customer: &CustomerId, order: &ReferenceOrder, until: Timestamp) -> Check {
    let key = CheckKey { customer: customer.clone(), workflow: order.workflow.clone(), attempt: order.attempt };
    let new = NewCheck { key, order, manual_orders: 0, repeat_unconfirmed: false };
    let stamp = Stamp { by: Actor::Requester, cause: &CorrelationId::untraced(), now: order.ordered_at };
    Check::claim(new, Lease { until }, &stamp)
}
