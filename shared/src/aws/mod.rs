//! AWS: the adapters behind store, customers, secrets, tokens and queues.

mod clients;
mod clock;
mod config;
mod customers;
mod error;
mod item;
mod queue;
mod secrets;
mod secrets_wire;
mod store;
mod tokens;

pub use clients::Clients;
pub use clock::SystemClock;
pub use config::{Config, ConfigError};
pub use customers::DynamoCustomers;
pub use queue::{SqsBackoff, SqsQueue};
pub use secrets::SecretsManagerSecrets;
pub use store::DynamoCheckStore;
pub use tokens::DynamoTokens;
