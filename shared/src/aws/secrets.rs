//! The customers' secrets: one JSON secret each, `<prefix>/customers/<customer>`, the current version and the one
//! before. They are read in INIT and kept for [`SECRETS_LIFETIME`].

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use futures_util::future::{join_all, try_join};
use secrecy::SecretString;

use super::cache::Cache;
use super::errors::failure;
use super::secret_json::Stored;
use crate::domain::CustomerId;
use crate::failure::{Cause, Failure};
use crate::ports::{CustomerSecrets, Secrets};

/// How long secrets are used without asking again; a refusal asks sooner ([`Secrets::refresh`]).
pub const SECRETS_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// How long a customer without a secret stays without.
const ABSENT_LIFETIME: Duration = Duration::from_secs(10);
/// The least time between two reads that refusals ask for: bad credentials must not become calls to AWS. A new secret
/// that is used sooner after it was written may be refused by a process that has just read the old ones.
pub const SECRETS_REFRESH_AT_MOST_EVERY: Duration = Duration::from_secs(10);

/// [`Secrets`] on Secrets Manager, kept in the process.
#[derive(Debug)]
pub struct ManagedSecrets {
    client: Client,
    prefix: String,
    cache: Cache<CustomerSecrets>,
}

impl ManagedSecrets {
    /// Of secrets whose names begin with `prefix`.
    pub fn new(client: Client, prefix: impl Into<String>) -> Self {
        Self { client, prefix: prefix.into(), cache: Cache::new(SECRETS_LIFETIME, ABSENT_LIFETIME) }
    }

    /// Reads these customers' secrets before the first event, in INIT. What fails is logged and read again when needed.
    pub async fn warm(&self, customers: &[CustomerId]) {
        let read = |customer| async move {
            if let Err(failure) = self.of(customer).await {
                tracing::warn!(customer.id = %customer, error = %failure, "secrets were not read in advance");
            }
        };
        join_all(customers.iter().map(read)).await;
    }

    async fn read(&self, customer: &CustomerId) -> Result<Option<CustomerSecrets>, Failure> {
        let id = format!("{}/customers/{customer}", self.prefix);
        let (current, previous) = try_join(self.stage(&id, "AWSCURRENT"), self.stage(&id, "AWSPREVIOUS")).await?;
        let Some(current) = current else { return Ok(None) };
        let current =
            current.parse().map_err(|why| Failure::internal(Cause::Settings, format!("secret {id}: {why}")))?;
        // A first version is often a placeholder: that it does not read must not stop the version in force.
        let previous = previous.and_then(|stored| match stored.parse() {
            Ok(set) => Some(set),
            Err(why) => {
                tracing::warn!(customer.id = %customer, secret.stage = "AWSPREVIOUS", why, "a secret is left out");
                None
            }
        });
        Ok(Some(CustomerSecrets { current, previous }))
    }

    async fn stage(&self, id: &str, stage: &str) -> Result<Option<Stored>, Failure> {
        let answer = match self.client.get_secret_value().secret_id(id).version_stage(stage).send().await {
            Ok(answer) => answer,
            Err(error) => {
                return match error.as_service_error() {
                    Some(GetSecretValueError::ResourceNotFoundException(_)) => Ok(None),
                    _ => Err(failure("SecretsManager GetSecretValue", &error)),
                };
            }
        };
        let json = SecretString::from(answer.secret_string.unwrap_or_default());
        Ok(Some(Stored { version: answer.version_id.unwrap_or_default(), json }))
    }
}

#[async_trait::async_trait]
impl Secrets for ManagedSecrets {
    async fn of(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
        self.cache.get(customer, self.read(customer)).await
    }

    async fn refresh(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
        self.cache.refresh(customer, SECRETS_REFRESH_AT_MOST_EVERY, self.read(customer)).await
    }
}
