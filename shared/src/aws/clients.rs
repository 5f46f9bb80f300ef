//! The SDK's clients, built once per process.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};

use crate::http_client::{self, SdkHttpClient};

/// One try of a call; DynamoDB and SQS answer in milliseconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// All tries of a call together: well inside a webhook's 10 s.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);
/// Tries of a call.
const ATTEMPTS: u32 = 3;

/// The clients of a process.
#[derive(Debug, Clone)]
pub struct Clients {
    /// Towards the vendors.
    pub http: reqwest::Client,
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// Secrets Manager.
    pub secrets: aws_sdk_secretsmanager::Client,
}

impl Clients {
    /// Clients for the account that the environment names: credentials, region and, for the local run, endpoint.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub async fn from_env() -> Result<Self, reqwest::Error> {
        let http = http_client::build()?;
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(SdkHttpClient::new(http.clone()))
            .credentials_provider(EnvironmentVariableCredentialsProvider::new())
            .region(aws_config::environment::EnvironmentVariableRegionProvider::new())
            .retry_config(retries())
            .timeout_config(timeouts())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .load()
            .await;
        Ok(Self::over(http, &config))
    }

    /// Clients for an endpoint on this machine, with credentials that open nothing.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn at(endpoint: &str) -> Result<Self, reqwest::Error> {
        let http = http_client::build()?;
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(SdkHttpClient::new(http.clone()))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "local")))
            .region(Region::new("us-east-1"))
            .endpoint_url(endpoint)
            .retry_config(retries())
            .timeout_config(timeouts())
            .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
                aws_smithy_async::rt::sleep::TokioSleep::new(),
            ))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Ok(Self::over(http, &config))
    }

    fn over(http: reqwest::Client, config: &SdkConfig) -> Self {
        Self {
            http,
            dynamodb: aws_sdk_dynamodb::Client::new(config),
            sqs: aws_sdk_sqs::Client::new(config),
            secrets: aws_sdk_secretsmanager::Client::new(config),
        }
    }
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(Duration::from_millis(50))
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).operation_timeout(OPERATION_TIMEOUT).build()
}
