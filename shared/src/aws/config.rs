//! The environment of a function; the only place that reads it.

/// What a function is told by its environment. Each function has only the variables that it needs
/// (`template.yaml`), so each is asked for by the one who needs it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Config;

/// A variable that is missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is not set: see the function's Environment in template.yaml")]
pub struct ConfigError(&'static str);

fn required(name: &'static str) -> Result<String, ConfigError> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or(ConfigError(name))
}

macro_rules! required_variables {
    ($($(#[$doc:meta])* $method:ident: $name:literal;)*) => {
        impl Config {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// [`ConfigError`] if it is not set.
            pub fn $method(self) -> Result<String, ConfigError> {
                required($name)
            }
        )*}
    };
}

required_variables! {
    /// Name of the checks' table.
    checks_table: "CHECKS_TABLE";
    /// Name of the customers' table.
    customers_table: "CUSTOMERS_TABLE";
    /// Name of the tokens' table.
    tokens_table: "TOKENS_TABLE";
    /// URL of the queue that feeds this function.
    work_queue_url: "WORK_QUEUE_URL";
}

impl Config {
    /// What the customers' secrets' names begin with.
    pub fn secrets_prefix(self) -> String {
        required("SECRETS_PREFIX").unwrap_or_else(|_| "crosschq-connector".to_owned())
    }

    /// URL of `reference-requests`, if this function sends there.
    pub fn reference_requests_queue_url(self) -> Option<String> {
        required("REFERENCE_REQUESTS_QUEUE_URL").ok()
    }

    /// URL of `icims-updates`, if this function sends there.
    pub fn icims_updates_queue_url(self) -> Option<String> {
        required("ICIMS_UPDATES_QUEUE_URL").ok()
    }

    /// URL of `cancellations`, if this function sends there.
    pub fn cancellations_queue_url(self) -> Option<String> {
        required("CANCELLATIONS_QUEUE_URL").ok()
    }
}
