//! How many calls of a customer may be in progress at once.

use std::sync::PoisonError;

use crate::server::Shared;

/// One of the calls that a customer may have in progress; given back when dropped.
pub(crate) struct Place {
    app: Shared,
    customer: String,
}

impl Place {
    /// Takes a place for a call to this path, unless all are taken.
    pub(crate) fn take(app: &Shared, path: &str) -> Option<Self> {
        let customer = super::customer_in(path);
        let most = app.read(|world| world.icims.customers.get(customer).and_then(|c| c.settings.max_concurrent));
        let mut in_flight = app.icims_in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        let now = in_flight.entry(customer.to_owned()).or_default();
        if most.is_some_and(|most| *now >= most) {
            return None;
        }
        *now += 1;
        Some(Self { app: app.clone(), customer: customer.to_owned() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut in_flight = self.app.icims_in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(now) = in_flight.get_mut(&self.customer) {
            *now = now.saturating_sub(1);
        }
    }
}
