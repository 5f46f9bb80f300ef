//! How many calls of a customer may be in progress at once.

use std::sync::PoisonError;

use super::answer::customer_in;
use crate::app::Shared;

/// One of the calls that a customer may have in progress; released when dropped.
pub(crate) struct Permit {
    app: Shared,
    customer: String,
}

impl Permit {
    /// A permit for a call to this path, unless the customer's limit is reached.
    pub(crate) fn acquire(app: &Shared, path: &str) -> Option<Self> {
        let customer = customer_in(path);
        let limit = app.read(|world| world.icims.customers.get(customer).and_then(|c| c.settings.max_concurrent));
        let mut in_flight = app.icims_in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        let count = in_flight.entry(customer.to_owned()).or_default();
        if limit.is_some_and(|limit| *count >= limit) {
            return None;
        }
        *count += 1;
        Some(Self { app: app.clone(), customer: customer.to_owned() })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut in_flight = self.app.icims_in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = in_flight.get_mut(&self.customer) {
            *count = count.saturating_sub(1);
        }
    }
}
