//! The customers' secrets: both live versions, read once in five minutes or when one was refused.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;

use super::error::failure;
use super::secrets_wire;
use crate::domain::CustomerId;
use crate::failure::Failure;
use crate::ports::{CustomerSecrets, SecretSet, Secrets};

/// How old remembered secrets may be.
const LIFETIME: Duration = Duration::from_secs(300);
/// How long after a read a refusal does not cause another: strangers must not make us read in a loop.
const REFRESH_PAUSE: Duration = Duration::from_secs(10);

type Remembered = (Instant, Option<Arc<CustomerSecrets>>);

/// [`Secrets`] in Secrets Manager, one secret per customer: `<prefix>/customers/<customer>`.
#[derive(Debug)]
pub struct SecretsManagerSecrets {
    client: Client,
    prefix: String,
    remembered: Mutex<HashMap<CustomerId, Remembered>>,
}

impl SecretsManagerSecrets {
    /// Secrets whose names begin with this prefix.
    pub fn new(client: Client, prefix: String) -> Self {
        Self { client, prefix, remembered: Mutex::default() }
    }

    fn remembered(&self, customer: &CustomerId, lifetime: Duration) -> Option<Option<Arc<CustomerSecrets>>> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, secrets) = remembered.get(customer)?;
        (at.elapsed() < lifetime).then(|| secrets.clone())
    }

    async fn read(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
        let (current, previous) =
            futures_util::try_join!(self.version(customer, "AWSCURRENT"), self.version(customer, "AWSPREVIOUS"))?;
        let secrets = current.map(|current| Arc::new(CustomerSecrets { current, previous }));
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.insert(customer.clone(), (Instant::now(), secrets.clone()));
        Ok(secrets)
    }

    async fn version(&self, customer: &CustomerId, stage: &str) -> Result<Option<SecretSet>, Failure> {
        let answer = self
            .client
            .get_secret_value()
            .secret_id(format!("{}/customers/{customer}", self.prefix))
            .version_stage(stage)
            .send()
            .await;
        let value = match answer {
            Ok(value) => value,
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => {
                return Ok(None);
            }
            Err(error) => return Err(failure("GetSecretValue", &error)),
        };
        let version = value.version_id.unwrap_or_default();
        let text = value.secret_string.ok_or_else(|| Failure::internal("the customer's secret is not a text"))?;
        match secrets_wire::read(version, &text) {
            Ok(set) => Ok(Some(set)),
            // An old version that cannot be read opens nothing; the current one has to be right.
            Err(why) if stage == "AWSPREVIOUS" => {
                tracing::warn!(customer.id = %customer, why = %why, "the previous version of the secret is not used");
                Ok(None)
            }
            Err(why) => Err(why),
        }
    }
}

#[async_trait]
impl Secrets for SecretsManagerSecrets {
    async fn of(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
        match self.remembered(customer, LIFETIME) {
            Some(secrets) => Ok(secrets),
            None => self.read(customer).await,
        }
    }

    async fn refresh(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
        match self.remembered(customer, REFRESH_PAUSE) {
            Some(secrets) => Ok(secrets),
            None => self.read(customer).await,
        }
    }
}
