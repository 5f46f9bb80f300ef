//! Saving a transition over whatever was written meanwhile.

use std::time::Duration;

use crate::domain::{Check, Customer};
use crate::failure::Failure;
use crate::ports::{Write, WriteChecks};

/// How often a transition is laid over somebody else's write before the record goes back to the queue.
const TRIES: usize = 5;

/// Applies a transition, saves it, and returns what the transition returned; over a conflict, applies it to what stands
/// there now and saves again.
///
/// `apply` is called on the loaded check first, then once for each conflict, so it has to hold for any check that
/// another function may have written meanwhile: it leaves a check alone that it does not fit.
///
/// # Errors
/// What the store fails with, and [`Failure::Retry`] if others keep writing.
pub(in crate::flows) async fn commit<T>(
    checks: &dyn WriteChecks,
    customer: &Customer,
    check: &mut Check,
    mut apply: impl FnMut(&mut Check) -> T + Send,
) -> Result<T, Failure> {
    for _ in 0..TRIES {
        let applied = apply(check);
        match checks.save(check, customer.settings.retention_days).await? {
            Write::Stored => return Ok(applied),
            Write::Conflict(theirs) => *check = *theirs,
        }
    }
    Err(Failure::retry_after(Duration::from_secs(1), "others keep writing this check"))
}

/// Saves a check as it stands; if anybody wrote meanwhile, the next delivery decides again.
///
/// # Errors
/// What the store fails with, and [`Failure::Retry`] over a conflict.
pub(in crate::flows) async fn save_or_retry(
    checks: &dyn WriteChecks,
    customer: &Customer,
    check: &mut Check,
) -> Result<(), Failure> {
    match checks.save(check, customer.settings.retention_days).await? {
        Write::Stored => Ok(()),
        Write::Conflict(_) => Err(Failure::retry_after(Duration::from_secs(1), "another delivery wrote this check")),
    }
}
