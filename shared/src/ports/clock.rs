//! The present.

use crate::domain::Timestamp;

/// The present.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}
