//! The customers' settings and templates.

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::{Customer, CustomerId};
use crate::failure::{Cause, Failure};

/// The customers' settings and templates.
///
/// Not promised: freshness. What is returned may be as old as the adapter's lifetime of cached settings.
#[async_trait]
pub trait Customers: Send + Sync {
    /// A customer with its templates; `None` if we do not know it.
    ///
    /// # Errors
    /// [`Failure::Internal`] if its record cannot be read or does not hold.
    async fn customer(&self, id: &CustomerId) -> Result<Option<Arc<Customer>>, Failure>;

    /// The customer that a message names.
    ///
    /// # Errors
    /// [`Failure::Internal`] if we do not know it: a message is only ever sent for a known customer.
    async fn get_required(&self, id: &CustomerId) -> Result<Arc<Customer>, Failure> {
        let customer = self.customer(id).await?;
        customer.ok_or_else(|| Failure::internal(Cause::Settings, "a message for a customer without settings"))
    }
}
