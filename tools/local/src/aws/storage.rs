//! One SQLite file per service, and the rule that an answer is given only after its transaction is committed.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

use super::wire::AwsError;

/// How long to wait for another process that still holds the file, such as one that is just being killed.
const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// A service's file. Clones share one connection.
#[derive(Clone)]
pub(super) struct Store {
    connection: Arc<Mutex<Connection>>,
}

impl Store {
    /// Opens the file, or memory where there is none, and lays out `schema` (which must be repeatable).
    ///
    /// # Errors
    /// SQLite's, where the file cannot be opened or is no database.
    pub(super) fn open(path: Option<&Path>, schema: &str) -> rusqlite::Result<Store> {
        let connection = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A committed transaction is in the operating system's hands: it survives the killing of the process. Surviving
        // a power cut as well would cost one disk flush a message, which nobody needs of a local run.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch(schema)?;
        Ok(Store {
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// Runs `work` in one transaction, off the async threads. Committed when it returns `Ok`, undone otherwise.
    ///
    /// # Errors
    /// `work`'s own, or an internal failure where SQLite refuses.
    pub(super) async fn transact<T, W>(&self, work: W) -> Result<T, AwsError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, AwsError> + Send + 'static,
    {
        let connection = Arc::clone(&self.connection);
        tokio::task::spawn_blocking(move || {
            // A panic in an earlier call has rolled its transaction back, so the connection is sound.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
        .await
        .map_err(|_| AwsError::internal("the call was abandoned"))?
    }
}
