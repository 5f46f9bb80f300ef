//! The SDK's clients over our HTTP client, and the adapters built from the environment.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    AppName, BehaviorVersion, Region, SharedCredentialsProvider, StalledStreamProtectionConfig,
};
use reqwest::Client;

use super::{
    AwsConfig, Config, ConfigError, DynamoCustomers, DynamoStore, DynamoTokens, DynamoWatermarks, ManagedSecrets,
    SqsBackoff, SqsQueue, Variable,
};
use crate::http_client::{self, AwsHttp, CONNECT_TIMEOUT, ClientError, WEBHOOK_CONNECT_TIMEOUT};

/// One try and two more: what is not done then is done better by the queue's redelivery.
const ATTEMPTS: u32 = 3;
/// How long calls to AWS may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TimeLimits {
    connect: Duration,
    /// One try. Our calls answer within tens of milliseconds; one that needs much longer is lost.
    attempt: Duration,
    /// All tries together.
    operation: Duration,
}

const OF_WORKERS: TimeLimits =
    TimeLimits { connect: CONNECT_TIMEOUT, attempt: Duration::from_millis(2_500), operation: Duration::from_secs(6) };

/// A webhook makes up to four calls one after the other while its sender waits, and may read from a vendor meanwhile.
const OF_WEBHOOKS: TimeLimits = TimeLimits {
    connect: WEBHOOK_CONNECT_TIMEOUT,
    attempt: Duration::from_secs(1),
    operation: WEBHOOK_OPERATION_TIMEOUT,
};

/// Longest wait of a webhook for one of its calls to AWS, with all tries.
pub const WEBHOOK_OPERATION_TIMEOUT: Duration = Duration::from_secs(2);

const FIRST_BACKOFF: Duration = Duration::from_millis(50);
const LONGEST_BACKOFF: Duration = Duration::from_millis(500);

/// AWS cannot be set up from this environment.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// AWS as one function sees it. Its adapters share the clients: build each once, in INIT. Where a variable is missing or wrong,
/// [`ConfigError`] names it.
#[derive(Debug, Clone)]
pub struct Aws {
    config: Config,
    http: Client,
    dynamodb: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    secrets: aws_sdk_secretsmanager::Client,
}

impl Aws {
    /// Builds the clients, and the HTTP client they share with the vendors' clients. No call is made.
    ///
    /// # Errors
    /// [`AwsError`] names the variable.
    pub fn new(config: Config) -> Result<Self, AwsError> {
        Self::with(config, OF_WORKERS)
    }

    /// The same for a function with a caller that waits for the answer: it gives up sooner.
    ///
    /// # Errors
    /// Those of [`Aws::new`].
    pub fn of_webhook(config: Config) -> Result<Self, AwsError> {
        Self::with(config, OF_WEBHOOKS)
    }

    fn with(config: Config, limits: TimeLimits) -> Result<Self, AwsError> {
        let http = http_client::client_that_connects_within(limits.connect)?;
        let sdk = sdk_config(&config.aws()?, http.clone(), limits);
        Ok(Self {
            dynamodb: aws_sdk_dynamodb::Client::new(&sdk),
            sqs: aws_sdk_sqs::Client::new(&sdk),
            secrets: aws_sdk_secretsmanager::Client::new(&sdk),
            config,
            http,
        })
    }

    /// The environment.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The HTTP client, for the vendors' clients.
    pub fn http(&self) -> &Client {
        &self.http
    }

    /// The SDK's clients, for tools and tests; functions use the adapters.
    pub fn sdk(&self) -> (&aws_sdk_dynamodb::Client, &aws_sdk_sqs::Client, &aws_sdk_secretsmanager::Client) {
        (&self.dynamodb, &self.sqs, &self.secrets)
    }

    /// The checks (`CHECKS_TABLE`).
    pub fn store(&self) -> Result<DynamoStore, ConfigError> {
        Ok(DynamoStore::new(self.dynamodb.clone(), self.config.require(Variable::ChecksTable)?))
    }

    /// The customers (`CUSTOMERS_TABLE`).
    pub fn customers(&self) -> Result<DynamoCustomers, ConfigError> {
        Ok(DynamoCustomers::new(self.dynamodb.clone(), self.config.require(Variable::CustomersTable)?))
    }

    /// iCIMS' tokens (`TOKENS_TABLE`).
    pub fn tokens(&self) -> Result<DynamoTokens, ConfigError> {
        Ok(DynamoTokens::new(self.dynamodb.clone(), self.config.require(Variable::TokensTable)?))
    }

    /// How far missed events were searched for (`TOKENS_TABLE`).
    pub fn watermarks(&self) -> Result<DynamoWatermarks, ConfigError> {
        Ok(DynamoWatermarks::new(self.dynamodb.clone(), self.config.require(Variable::TokensTable)?))
    }

    /// The customers' secrets (`SECRETS_PREFIX`).
    pub fn secrets(&self) -> ManagedSecrets {
        ManagedSecrets::new(self.secrets.clone(), self.config.secrets_prefix())
    }

    /// The queues; `needed` are those that this function sends to.
    pub fn queue(&self, needed: &[Variable]) -> Result<SqsQueue, ConfigError> {
        Ok(SqsQueue::new(self.sqs.clone(), self.config.queue_urls(needed)?))
    }

    /// The queue that feeds this function (`WORK_QUEUE_URL`).
    pub fn backoff(&self) -> Result<SqsBackoff, ConfigError> {
        Ok(SqsBackoff::new(self.sqs.clone(), self.config.work_queue_url()?))
    }
}

/// Everything is said here, so that the SDK looks for no profile file, metadata service or second HTTP client.
fn sdk_config(aws: &AwsConfig, http: Client, limits: TimeLimits) -> SdkConfig {
    let retry = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_BACKOFF)
        .with_max_backoff(LONGEST_BACKOFF);
    let timeouts = TimeoutConfig::builder()
        .read_timeout(limits.attempt)
        .operation_attempt_timeout(limits.attempt)
        .operation_timeout(limits.operation)
        .build();
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(aws.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(aws.credentials.clone()))
        .http_client(AwsHttp::new(http))
        .retry_config(retry)
        .timeout_config(timeouts)
        // Answers are read whole under the timeouts above: there is no stream to stall.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    builder.set_app_name(AppName::new("crosschq-icims-connector").ok());
    builder.set_endpoint_url(aws.endpoint_url.clone());
    builder.build()
}
