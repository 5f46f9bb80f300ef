//! What the schedule wants done, the schedule tries again: a failure is kept on the check as a later `due_at`, and leaves no
//! trace in the queue.

use crate::domain::{Check, Customer, Source, Timestamp};
use crate::failure::{Failure, Outcome};
use crate::ports::WriteChecks;

use super::commit::commit;

/// Ends what a message asked for. A failure of what the schedule wanted is backed off on the check and acknowledged;
/// every other result is returned as it is.
pub(in crate::flows) async fn settle(
    checks: &dyn WriteChecks,
    customer: &Customer,
    source: Source,
    result: Result<Outcome, Failure>,
    check: impl AsyncFnOnce() -> Result<Option<Check>, Failure>,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let failure = match result {
        Err(failure) if source == Source::Schedule && !matches!(failure, Failure::Permanent(_)) => failure,
        other => return other,
    };
    tracing::warn!(failure = failure.class().as_str(), why = %failure, "left to the schedule");
    let backed_off = async {
        let Some(mut check) = check().await? else { return Ok(()) };
        commit(checks, customer, &mut check, |check| check.retry_later(now)).await
    };
    if let Err(failure) = backed_off.await {
        // The reconciler put the check off before it sent this: it comes again all the same.
        tracing::warn!(failure = failure.class().as_str(), why = %failure, "not backed off");
    }
    Ok(Outcome::LeftToSchedule)
}
