//! The customers' secrets: one JSON secret each, `<prefix>/customers/<customer>`, kept for [`SECRETS_LIFETIME`]. The version
//! before the current one is read once what came in was refused with the current one, and then kept as long.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use futures_util::future::join_all;
use secrecy::SecretString;
use tokio::sync::OnceCell;

use super::cache::Cache;
use super::errors::failure;
use super::secret_json::Stored;
use crate::domain::CustomerId;
use crate::failure::{Cause, Failure};
use crate::ports::{CustomerSecrets, SecretSet, Secrets};

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
    cache: Cache<Held>,
}

/// A customer's secrets as far as they were read.
#[derive(Debug)]
struct Held {
    current: Arc<CustomerSecrets>,
    /// The same with the version before, once that was requested.
    both: OnceCell<Arc<CustomerSecrets>>,
}

impl Held {
    fn secrets(&self) -> Arc<CustomerSecrets> {
        Arc::clone(self.both.get().unwrap_or(&self.current))
    }
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

    /// Reads the current version. What was known of the one before is forgotten: a rotation begins by changing that one alone.
    async fn read(&self, customer: &CustomerId) -> Result<Option<Held>, Failure> {
        let id = self.id(customer);
        let Some(current) = self.stage(&id, "AWSCURRENT").await? else { return Ok(None) };
        let current: SecretSet =
            current.parse().map_err(|why| Failure::internal(Cause::Settings, format!("secret {id}: {why}")))?;
        let current = Arc::new(CustomerSecrets { current, previous: None });
        Ok(Some(Held { current, both: OnceCell::new() }))
    }

    /// The secrets with the version before, read at most once for what is held.
    async fn both(&self, customer: &CustomerId, held: &Held) -> Result<Arc<CustomerSecrets>, Failure> {
        held.both.get_or_try_init(|| self.read_previous(customer, held)).await.cloned()
    }

    async fn read_previous(&self, customer: &CustomerId, held: &Held) -> Result<Arc<CustomerSecrets>, Failure> {
        let stored = self.stage(&self.id(customer), "AWSPREVIOUS").await?;
        // A first version is often a placeholder: that it does not read must not stop the version in force.
        let previous = stored.and_then(|stored| match stored.parse() {
            Ok(set) => Some(set),
            Err(why) => {
                tracing::warn!(customer.id = %customer, secret.stage = "AWSPREVIOUS", why, "a secret is left out");
                None
            }
        });
        Ok(Arc::new(CustomerSecrets { current: held.current.current.clone(), previous }))
    }

    fn id(&self, customer: &CustomerId) -> String {
        format!("{}/customers/{customer}", self.prefix)
    }

    async fn held(&self, customer: &CustomerId) -> Result<Option<Arc<Held>>, Failure> {
        self.cache.get(customer, self.read(customer)).await
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
        Ok(self.held(customer).await?.map(|held| held.secrets()))
    }

    async fn with_previous(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
        let Some(held) = self.held(customer).await? else { return Ok(None) };
        let both = self.both(customer, &held).await?;
        if both.previous.as_ref().is_none_or(|previous| previous.version != both.current.version) {
            return Ok(Some(both));
        }
        // The version that we hold as the current one is the one before: they were rotated since. However short ago we read it,
        // what was refused may come from a process that has read the new one.
        let fresh = self.cache.refresh(customer, Duration::ZERO, self.read(customer)).await?;
        match fresh {
            Some(fresh) => self.both(customer, &fresh).await.map(Some),
            None => Ok(None),
        }
    }

    async fn refresh(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
        let fresh = self.cache.refresh(customer, SECRETS_REFRESH_AT_MOST_EVERY, self.read(customer)).await?;
        Ok(fresh.map(|held| held.secrets()))
    }
}
