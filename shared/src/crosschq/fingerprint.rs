//! Fingerprints of a candidate's address and position, keyed by a secret of the customer: without it, whoever reads the
//! table cannot find out whose they are.

use std::sync::Arc;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;

use crate::domain::{CustomerId, Email, Fingerprint};
use crate::failure::{Cause, Failure};
use crate::ports::{Fingerprints, SecretSet, Secrets};

/// Bytes of a hash that are kept.
const KEPT: usize = 12;

/// [`Fingerprints`] keyed by the customer's Crosschq token.
pub struct KeyedFingerprints {
    secrets: Arc<dyn Secrets>,
}

impl KeyedFingerprints {
    /// Keys each fingerprint with the customer's secret.
    pub fn new(secrets: Arc<dyn Secrets>) -> Self {
        Self { secrets }
    }
}

fn hash(secrets: &SecretSet, customer: &CustomerId, kind: &str, text: &str) -> Result<String, Failure> {
    let key = secrets.crosschq_token.expose_secret().as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Failure::bug("no key to hash a candidate with"))?;
    // A purpose of its own, so that a hash is of use for nothing else.
    mac.update(format!("icims-connector/{kind}/{customer}/").as_bytes());
    mac.update(text.trim().to_lowercase().as_bytes());
    Ok(mac.finalize().into_bytes().iter().take(KEPT).map(|byte| format!("{byte:02x}")).collect())
}

#[async_trait]
impl Fingerprints for KeyedFingerprints {
    async fn of(&self, customer: &CustomerId, email: &Email, position: &str) -> Result<Vec<Fingerprint>, Failure> {
        let secrets = self.secrets.of(customer).await?;
        let secrets = secrets.ok_or_else(|| Failure::internal(Cause::Settings, "the customer has no secrets"))?;
        let of = |set: &SecretSet| {
            Ok(Fingerprint {
                address: hash(set, customer, "address", email.expose())?,
                position: hash(set, customer, "position", position)?,
            })
        };
        secrets.live().map(of).collect()
    }
}
