//! Locks of state that a history is reported from.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A lock that a panicking history does not spoil for the report.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
