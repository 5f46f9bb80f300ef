//! Fingerprints without a key: in a story, nobody may not know.

use async_trait::async_trait;
use connector_core::domain::{CustomerId, Email, Fingerprint};
use connector_core::failure::Failure;
use connector_core::ports::Fingerprints;

/// [`Fingerprints`] that can be read.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainFingerprints;

pub(super) fn plain(email: &Email, position: &str) -> Fingerprint {
    let normal = |text: &str| text.trim().to_lowercase();
    Fingerprint { address: normal(email.expose()), position: normal(position) }
}

#[async_trait]
impl Fingerprints for PlainFingerprints {
    async fn of(&self, _: &CustomerId, email: &Email, position: &str) -> Result<Vec<Fingerprint>, Failure> {
        Ok(vec![plain(email, position)])
    }
}
