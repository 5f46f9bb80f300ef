//! AWS: the adapters behind the ports of store, customers, secrets, tokens and queues.
//!
//! [`Aws`] builds them from the environment; a function names it in `main` only.

mod cache;
mod clients;
mod clock;
mod config;
mod customers;
mod documents;
mod errors;
mod item;
mod opted_in;
mod queue;
mod records;
mod secret_json;
mod secrets;
mod store;
mod tokens;
mod unreadable;
mod watermarks;

pub use clients::{Aws, AwsError, WEBHOOK_OPERATION_TIMEOUT};
pub use clock::SystemClock;
pub use config::{AwsConfig, Config, ConfigError, QueueUrls, Variable};
pub use customers::{DynamoCustomers, SETTINGS_SK, TEMPLATE_SK, settings_from, settings_of, template_of};
pub use documents::Tolerated;
pub use item::Item;
pub use opted_in::SETTINGS_REVISION;
pub use queue::{MAX_PUT_OFF, SqsBackoff, SqsQueue};
pub use records::{item_key as check_item_key, key_of as check_key_of, to_check as check_of};
pub use secret_json::secret_set;
pub use secrets::{ManagedSecrets, SECRETS_LIFETIME, SECRETS_REFRESH_AT_MOST_EVERY};
pub use store::DynamoStore;
pub use tokens::{DynamoTokens, token_key};
pub use watermarks::DynamoWatermarks;
