//! One SQLite file per service. A call responds only after its transaction is committed.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Params, Row, TransactionBehavior};

use super::wire::AwsError;

/// The time to wait for another process to release the file, such as one that is being killed.
const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// Clones share one connection.
#[derive(Clone)]
pub(super) struct Store {
    connection: Arc<Mutex<Connection>>,
}

impl Store {
    /// Opens the file, or a database in memory, and runs `schema`, which must be idempotent.
    pub(super) fn open(path: Option<&Path>, schema: &str) -> rusqlite::Result<Store> {
        let connection = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A committed transaction survives the death of the process. Surviving a power failure too would cost one disk
        // flush per message.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch(schema)?;
        Ok(Store { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Runs `work` in one transaction on a blocking thread. Commits on `Ok`, rolls back otherwise.
    ///
    /// # Errors
    /// Those of `work`, or an internal failure of SQLite.
    pub(super) async fn transact<T, W>(&self, work: W) -> Result<T, AwsError>
    where
        T: Send + 'static,
        W: FnOnce(Db<'_>) -> Result<T, AwsError> + Send + 'static,
    {
        let connection = Arc::clone(&self.connection);
        tokio::task::spawn_blocking(move || {
            // A panic in an earlier call has rolled back its transaction: the connection is usable.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(Db(&transaction))?;
            transaction.commit()?;
            Ok(done)
        })
        .await
        .map_err(|_| AwsError::internal("the call was abandoned"))?
    }
}

/// What a statement returns: a tuple of columns, or a type that reads itself from them.
pub(super) trait FromRow: for<'a> TryFrom<&'a Row<'a>, Error = rusqlite::Error> {}

impl<T: for<'a> TryFrom<&'a Row<'a>, Error = rusqlite::Error>> FromRow for T {}

/// The statements of one transaction; each is prepared once.
#[derive(Clone, Copy)]
pub(super) struct Db<'a>(&'a Connection);

impl Db<'_> {
    pub(super) fn execute(self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.0.prepare_cached(sql)?.execute(params)
    }

    /// The first row, if there is one.
    pub(super) fn first<T: FromRow>(self, sql: &str, params: impl Params) -> rusqlite::Result<Option<T>> {
        self.0.prepare_cached(sql)?.query_row(params, |row| T::try_from(row)).optional()
    }

    /// The row that a statement always returns, such as a count.
    pub(super) fn one<T: FromRow>(self, sql: &str, params: impl Params) -> rusqlite::Result<T> {
        self.0.prepare_cached(sql)?.query_row(params, |row| T::try_from(row))
    }

    pub(super) fn all<T: FromRow>(self, sql: &str, params: impl Params) -> rusqlite::Result<Vec<T>> {
        self.0.prepare_cached(sql)?.query_map(params, |row| T::try_from(row))?.collect()
    }
}
