//! The model's clock stands only on a grid of moments.

use std::time::Duration;

use connector_core::domain::Timestamp;

/// When every run begins.
pub(crate) const START: Timestamp = Timestamp::from_s(1_767_225_600);
/// The grid: a worker lives through at most one step of it, and no lease or settle delay is shorter.
pub(crate) const GRID_S: i64 = 20;
/// How long a worker lives: the functions' timeout.
pub(crate) const LIFE: Duration = Duration::from_secs(30);
/// How long a worker's record may take, on the grid: the function's timeout, less what it needs to put the record off and
/// to answer.
pub(crate) const RECORD_LIMIT: Duration = Duration::from_secs(20);
/// After how long the queue gives a record again whose worker died: the queues' visibility timeout.
pub(crate) const VISIBILITY: Duration = Duration::from_secs(180);
/// An outage of everything, longer than any window of the connector.
pub(crate) const OUTAGE: Duration = Duration::from_secs(25 * 3600);
/// A run that has not ended by then never will.
pub(crate) const HORIZON: Duration = Duration::from_secs(6 * 86_400);

/// The first moment of the grid at or after `at`.
pub(crate) fn on_grid(at: Timestamp) -> Timestamp {
    let since_s = (at.ms() - START.ms() + 999).div_euclid(1000);
    Timestamp::from_s(START.s() + (since_s + GRID_S - 1).div_euclid(GRID_S) * GRID_S)
}

/// The next moment of the grid.
pub(crate) fn next(at: Timestamp) -> Timestamp {
    on_grid(at.after(Duration::from_secs(1)))
}

/// Seconds since the run began, for people.
pub(crate) fn offset(at: Timestamp) -> i64 {
    at.s() - START.s()
}
