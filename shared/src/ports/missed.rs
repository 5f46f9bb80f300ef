//! What the search for missed events needs of the world.

use async_trait::async_trait;

use super::ats::{AtsError, AtsLog, AtsQuota};
use crate::domain::{Customer, CustomerId, StatusId, Timestamp, Watermark, WorkflowId};
use crate::failure::Failure;

/// Workflows in one answer to a search at most; a full one is followed by another (docs/vendors/icims.md §3.7).
pub const SEARCH_PAGE: usize = 1_000;

/// Asks the ATS what changed.
#[async_trait]
pub trait AtsSearch: AtsQuota + AtsLog {
    /// Workflows that stand in one of `statuses`, were changed at or after `since`, and whose ids come after `after`:
    /// ascending, at most [`SEARCH_PAGE`]. One call.
    ///
    /// Not promised: freshness. A change may be missing for a quarter of an hour (docs/vendors/icims.md §3.7); and what
    /// is reported may have moved on.
    async fn changed(
        &self,
        customer: &Customer,
        statuses: &[StatusId],
        since: Timestamp,
        after: Option<&WorkflowId>,
    ) -> Result<Vec<WorkflowId>, AtsError>;
}

/// The customers whose missed events are to be searched for.
#[async_trait]
pub trait OptedIn: Send + Sync {
    /// All that are switched on and asked for it, as it stands now.
    async fn opted_in(&self) -> Result<Vec<CustomerId>, Failure>;
}

/// How far missed events were searched for, kept across processes. Losing it loses no order that is known: the search begins
/// anew from then on.
#[async_trait]
pub trait Watermarks: Send + Sync {
    /// The customers that were opted in when last seen.
    async fn roster(&self) -> Result<Vec<CustomerId>, Failure>;

    /// Replaces the roster.
    async fn set_roster(&self, customers: &[CustomerId]) -> Result<(), Failure>;

    /// A customer's watermark; `None` if there is none.
    async fn load(&self, customer: &CustomerId) -> Result<Option<Watermark>, Failure>;

    /// Writes a watermark, whatever stands there.
    async fn reset(&self, customer: &CustomerId, mark: &Watermark) -> Result<(), Failure>;

    /// Writes a watermark over the one that was loaded, and counts it up; `false` if somebody wrote before.
    ///
    /// Not promised: that `false` means a stranger. After a lost reply it may be one's own write.
    async fn save(&self, customer: &CustomerId, mark: &mut Watermark) -> Result<bool, Failure>;
}
