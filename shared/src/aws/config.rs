//! The environment: the only place of ours that reads it. Each part is asked for by the function that needs it, in
//! INIT, so that a variable missing from the template stops the function at once, by name.

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_dynamodb::config::Credentials;

macro_rules! variables {
    ($($variant:ident = $name:literal,)+) => {
        /// An environment variable that `template.yaml` or Lambda sets for functions.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Variable {
            $($variant,)+
        }

        impl Variable {
            const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its name in the environment.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

variables! {
    ChecksTable = "CHECKS_TABLE",
    CustomersTable = "CUSTOMERS_TABLE",
    TokensTable = "TOKENS_TABLE",
    ReferenceRequestsQueueUrl = "REFERENCE_REQUESTS_QUEUE_URL",
    IcimsUpdatesQueueUrl = "ICIMS_UPDATES_QUEUE_URL",
    CancellationsQueueUrl = "CANCELLATIONS_QUEUE_URL",
    WorkQueueUrl = "WORK_QUEUE_URL",
    SecretsPrefix = "SECRETS_PREFIX",
    AwsRegion = "AWS_REGION",
    AwsEndpointUrl = "AWS_ENDPOINT_URL",
    AwsAccessKeyId = "AWS_ACCESS_KEY_ID",
    AwsSecretAccessKey = "AWS_SECRET_ACCESS_KEY",
    AwsSessionToken = "AWS_SESSION_TOKEN",
    AwsLambdaLogLevel = "AWS_LAMBDA_LOG_LEVEL",
    RustLog = "RUST_LOG",
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The environment cannot run this function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not set, or set to nothing.
    #[error("the environment variable {0} is not set")]
    Missing(Variable),
    /// Set to what it cannot be. The value is not shown.
    #[error("the environment variable {variable} must be {expected}")]
    Invalid { variable: Variable, expected: &'static str },
}

/// Where AWS is, and who we are there.
#[derive(Debug, Clone)]
pub struct AwsConfig {
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`: Lambda sets them to the function's role.
    /// Nothing else is looked at, so that no start waits for a metadata service.
    pub credentials: Credentials,
    /// `AWS_REGION`; Lambda sets it.
    pub region: String,
    /// `AWS_ENDPOINT_URL`: one endpoint for all services, in the local run and in tests.
    pub endpoint_url: Option<String>,
}

/// The queues that a function sends to; the others are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueUrls {
    pub reference_requests: Option<String>,
    pub icims_updates: Option<String>,
    pub cancellations: Option<String>,
}

/// What the environment said when the process started.
#[derive(Clone, Default)]
pub struct Config(BTreeMap<Variable, String>);

/// Names only: credentials are among the values.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Config {
    /// The prefix of the customers' secrets where `SECRETS_PREFIX` is not set.
    pub const DEFAULT_SECRETS_PREFIX: &str = "crosschq-connector";

    /// Reads our variables, and no others.
    pub fn from_env() -> Self {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Reads our variables from elsewhere: tests and tools.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let known = |variable: Variable| {
            let value = lookup(variable.name())?.trim().to_owned();
            (!value.is_empty()).then_some((variable, value))
        };
        Self(Variable::ALL.iter().copied().filter_map(known).collect())
    }

    fn get(&self, variable: Variable) -> Option<&str> {
        self.0.get(&variable).map(String::as_str)
    }

    /// A variable as it stands.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] names it.
    pub fn require(&self, variable: Variable) -> Result<&str, ConfigError> {
        self.get(variable).ok_or(ConfigError::Missing(variable))
    }

    /// Where AWS is, and who we are there.
    ///
    /// # Errors
    /// [`ConfigError`] without a region or credentials, or with an endpoint that is no URL.
    pub fn aws(&self) -> Result<AwsConfig, ConfigError> {
        let region = self.require(Variable::AwsRegion)?.to_owned();
        let endpoint_url = self.url(Variable::AwsEndpointUrl)?.map(str::to_owned);
        let credentials = Credentials::new(
            self.require(Variable::AwsAccessKeyId)?,
            self.require(Variable::AwsSecretAccessKey)?,
            self.get(Variable::AwsSessionToken).map(str::to_owned),
            None,
            "environment",
        );
        Ok(AwsConfig { credentials, region, endpoint_url })
    }

    /// The queues that are set.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] names the first of `needed` that is not set; [`ConfigError::Invalid`] one that is no URL.
    pub fn queue_urls(&self, needed: &[Variable]) -> Result<QueueUrls, ConfigError> {
        for &variable in needed {
            self.require(variable)?;
        }
        let url = |variable| Ok(self.url(variable)?.map(str::to_owned));
        Ok(QueueUrls {
            reference_requests: url(Variable::ReferenceRequestsQueueUrl)?,
            icims_updates: url(Variable::IcimsUpdatesQueueUrl)?,
            cancellations: url(Variable::CancellationsQueueUrl)?,
        })
    }

    /// The queue that feeds this function.
    ///
    /// # Errors
    /// [`ConfigError`] if it is not set or no URL.
    pub fn work_queue_url(&self) -> Result<&str, ConfigError> {
        self.url(Variable::WorkQueueUrl)?.ok_or(ConfigError::Missing(Variable::WorkQueueUrl))
    }

    /// What the names of the customers' secrets begin with.
    pub fn secrets_prefix(&self) -> &str {
        self.get(Variable::SecretsPrefix).map_or(Self::DEFAULT_SECRETS_PREFIX, |prefix| prefix.trim_end_matches('/'))
    }

    /// The log filter: `RUST_LOG`, else the level set on the function, else `info`.
    pub fn log_filter(&self) -> &str {
        self.get(Variable::RustLog).or_else(|| self.get(Variable::AwsLambdaLogLevel)).unwrap_or("info")
    }

    fn url(&self, variable: Variable) -> Result<Option<&str>, ConfigError> {
        let Some(value) = self.get(variable) else { return Ok(None) };
        let is_http = url::Url::parse(value).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if is_http { Ok(Some(value)) } else { Err(ConfigError::Invalid { variable, expected: "an http(s) URL" }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Config {
        let pairs: BTreeMap<_, _> = pairs.iter().copied().collect();
        Config::from_lookup(|name| pairs.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn a_missing_variable_is_named() {
        let error = config(&[("CHECKS_TABLE", " ")]).require(Variable::ChecksTable).unwrap_err();
        assert_eq!(error.to_string(), "the environment variable CHECKS_TABLE is not set");
        let error = config(&[]).aws().unwrap_err();
        assert_eq!(error, ConfigError::Missing(Variable::AwsRegion));
    }

    #[test]
    fn credentials_are_needed_and_cannot_be_printed() {
        let mut pairs = vec![("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "id")];
        let missing = config(&pairs).aws().unwrap_err();
        assert_eq!(missing, ConfigError::Missing(Variable::AwsSecretAccessKey));
        pairs.extend([("AWS_SECRET_ACCESS_KEY", "hunter2"), ("AWS_SESSION_TOKEN", "hunter3")]);
        let whole = config(&pairs);
        let printed = format!("{whole:?} {:?}", whole.aws().unwrap());
        assert!(!printed.contains("hunter"), "{printed}");
    }

    #[test]
    fn a_function_gets_the_queues_it_has_and_an_error_for_one_it_lacks() {
        let config = config(&[("ICIMS_UPDATES_QUEUE_URL", "http://127.0.0.1:9/0/icims-updates")]);
        let urls = config.queue_urls(&[Variable::IcimsUpdatesQueueUrl]).unwrap();
        assert_eq!(urls.icims_updates.as_deref(), Some("http://127.0.0.1:9/0/icims-updates"));
        assert_eq!(urls.cancellations, None);
        let error = config.queue_urls(&[Variable::CancellationsQueueUrl]).unwrap_err();
        assert_eq!(error, ConfigError::Missing(Variable::CancellationsQueueUrl));
    }

    #[test]
    fn a_url_that_is_none_is_refused_without_showing_it() {
        let error = config(&[("WORK_QUEUE_URL", "hunter2")]).work_queue_url().unwrap_err();
        assert_eq!(error.to_string(), "the environment variable WORK_QUEUE_URL must be an http(s) URL");
    }

    #[test]
    fn the_secrets_prefix_has_a_default_and_loses_a_trailing_slash() {
        assert_eq!(config(&[]).secrets_prefix(), "crosschq-connector");
        assert_eq!(config(&[("SECRETS_PREFIX", "demo/")]).secrets_prefix(), "demo");
    }

    #[test]
    fn rust_log_wins_over_the_functions_log_level() {
        assert_eq!(config(&[]).log_filter(), "info");
        assert_eq!(config(&[("AWS_LAMBDA_LOG_LEVEL", "DEBUG")]).log_filter(), "DEBUG");
        assert_eq!(config(&[("AWS_LAMBDA_LOG_LEVEL", "DEBUG"), ("RUST_LOG", "warn")]).log_filter(), "warn");
    }
}
