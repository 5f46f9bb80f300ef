//! The store of checks.

use async_trait::async_trait;

use crate::domain::{Check, CheckKey, CustomerId, RequestId, Timestamp, WorkflowId};
use crate::failure::Failure;

/// What became of a conditional write.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    Stored,
    /// Somebody wrote before; this is what stands there now.
    Conflict(Box<Check>),
}

/// A check whose `due_at` has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueCheck {
    pub key: CheckKey,
    /// The `due_at` that was read; it may have moved since.
    pub due_at: Timestamp,
}

/// Looks checks up.
#[async_trait]
pub trait ReadChecks: Send + Sync {
    /// The latest attempt for a workflow, strongly consistent.
    async fn latest(&self, customer: &CustomerId, workflow: &WorkflowId) -> Result<Option<Check>, Failure>;

    /// One attempt, strongly consistent.
    async fn load(&self, key: &CheckKey) -> Result<Option<Check>, Failure>;

    /// The check that holds a reference request. Eventually consistent: `None` may mean "not yet".
    async fn by_request(&self, customer: &CustomerId, request: &RequestId) -> Result<Option<CheckKey>, Failure>;

    /// The customer's checks whose create outcome is unknown, and whose create named a candidate with this
    /// [`Fingerprint::address`](crate::domain::Fingerprint::address). Eventually consistent.
    async fn outcome_unknown(&self, customer: &CustomerId, address: &str) -> Result<Vec<CheckKey>, Failure>;
}

/// Advances checks. Writes are conditional on the version; there are no transactions.
///
/// Not promised: that a [`Write::Conflict`] is a stranger's write. After a lost reply it may be one's own.
#[async_trait]
pub trait WriteChecks: ReadChecks {
    /// Writes a check that does not exist yet.
    async fn insert(&self, check: &Check, retention_days: u16) -> Result<Write, Failure>;

    /// Writes a check over the version it was loaded with, and counts the version up in `check` when stored.
    async fn save(&self, check: &mut Check, retention_days: u16) -> Result<Write, Failure>;
}

/// Finds the checks whose time has come.
#[async_trait]
pub trait DueChecks: ReadChecks {
    /// The parts that the due checks lie in: the shards 0, 1, … of that many.
    fn shards(&self) -> u8 {
        1
    }

    /// A page of the checks of one shard that are due, oldest first: up to `limit` that come after `after`. Eventually
    /// consistent.
    async fn due(
        &self,
        shard: u8,
        now: Timestamp,
        after: Option<&DueCheck>,
        limit: usize,
    ) -> Result<Vec<DueCheck>, Failure>;

    /// Moves `due_at` of a check from the value that was read; `false` if it has moved or the check is gone.
    async fn postpone(&self, due: &DueCheck, until: Timestamp) -> Result<bool, Failure>;
}

/// A whole store, for the wiring: each use case takes the part that it needs.
pub trait CheckStore: WriteChecks + DueChecks {}

impl<T: WriteChecks + DueChecks + ?Sized> CheckStore for T {}
