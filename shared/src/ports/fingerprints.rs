//! Keyed hashes that recognize a request without personal data.

use async_trait::async_trait;

use crate::domain::{CustomerId, Email, Fingerprint};
use crate::failure::Failure;

/// Keyed hashes of what a create says of its candidate, so that a request can be recognized without keeping personal data.
///
/// Not promised: that a hash outlives the rotation of the customer's secrets. Both live versions are tried.
#[async_trait]
pub trait Fingerprints: Send + Sync {
    /// The fingerprint of an address and a position under each live version of the customer's secrets, the current one
    /// first. Both are compared without regard to case and surrounding white space.
    async fn of(&self, customer: &CustomerId, email: &Email, position: &str) -> Result<Vec<Fingerprint>, Failure>;
}
