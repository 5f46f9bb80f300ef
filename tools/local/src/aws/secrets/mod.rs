//! Secrets Manager over the AWS JSON protocol, on one SQLite file.
//!
//! Versions and their staging labels move exactly as AWS moves them, so that a rotation can be rehearsed: the version
//! that loses `AWSCURRENT` gets `AWSPREVIOUS` and stays readable. Values lie in the file unencrypted: the local run is
//! for a sandbox's values only. Not here: rotation by function, replication, resource policies, changes of tags,
//! pages of lists.

mod delete;
mod describe;
mod error;
mod list;
mod read;
mod schema;
mod secret;
mod stages;
mod write;

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::clock::Clock;
use super::storage::{Db, Store};
use super::wire::{AwsError, parse};

/// The secrets and their storage.
pub(super) struct SecretsManager {
    store: Store,
    clock: Clock,
}

/// One call's transaction.
struct Call<'a> {
    db: Db<'a>,
    now_ms: i64,
}

/// The input of a call on a secret as a whole.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OneSecret {
    secret_id: String,
}

/// A time as the protocol writes it: seconds since the Unix epoch, with a fraction.
fn timestamp(at_ms: i64) -> Value {
    // Exact: a float holds the milliseconds of the next ten thousand years.
    #[expect(clippy::cast_precision_loss)]
    let seconds = at_ms as f64 / 1_000.0;
    json!(seconds)
}

impl SecretsManager {
    /// # Errors
    /// An internal failure, where the file is no database or belongs to another process.
    pub(super) fn open(path: Option<&Path>, clock: Clock) -> Result<SecretsManager, AwsError> {
        Ok(SecretsManager { store: Store::open(path, schema::SCHEMA)?, clock })
    }

    async fn run<R, W>(&self, body: &[u8], work: W) -> Result<Value, AwsError>
    where
        R: DeserializeOwned + Send + 'static,
        W: FnOnce(&Call<'_>, R) -> Result<Value, AwsError> + Send + 'static,
    {
        let request: R = parse(body)?;
        let now_ms = self.clock.now_ms();
        self.store.transact(move |db| work(&Call { db, now_ms }, request)).await
    }

    /// Carries out `secretsmanager.<operation>`.
    ///
    /// # Errors
    /// As AWS documents them for the operation.
    pub(super) async fn handle(&self, operation: &str, body: &[u8]) -> Result<Value, AwsError> {
        match operation {
            "CreateSecret" => self.run(body, write::create).await,
            "PutSecretValue" => self.run(body, write::put_value).await,
            "UpdateSecret" => self.run(body, write::update).await,
            "UpdateSecretVersionStage" => self.run(body, stages::update).await,
            "GetSecretValue" => self.run(body, read::get_value).await,
            "DescribeSecret" => self.run(body, describe::describe).await,
            "ListSecretVersionIds" => self.run(body, describe::list_versions).await,
            "ListSecrets" => self.run(body, list::list).await,
            "DeleteSecret" => self.run(body, delete::delete).await,
            "RestoreSecret" => self.run(body, delete::restore).await,
            _ => Err(AwsError::unknown_operation(&format!("secretsmanager.{operation}"))),
        }
    }
}
