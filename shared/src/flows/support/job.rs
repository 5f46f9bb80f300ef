//! The context of one delivery.

use crate::domain::{Actor, CorrelationId, Customer, Lease, Stamp, Timestamp};

/// One delivery: for which customer, because of which event, and until when.
#[derive(Clone, Copy)]
pub(in crate::flows) struct Job<'a> {
    pub(in crate::flows) customer: &'a Customer,
    pub(in crate::flows) cause: &'a CorrelationId,
    /// When this delivery is stopped; also the end of its leases.
    pub(in crate::flows) deadline: Timestamp,
}

impl<'a> Job<'a> {
    pub(in crate::flows) fn stamp(&self, by: Actor, now: Timestamp) -> Stamp<'a> {
        Stamp { by, cause: self.cause, now }
    }

    pub(in crate::flows) fn lease(&self) -> Lease {
        Lease { until: self.deadline }
    }
}
