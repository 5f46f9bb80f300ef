//! The endpoint's clock: wall time, plus what a test has advanced it by.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Wall time with an offset, so that a test need not sleep through a visibility timeout or a retention period.
#[derive(Clone, Default)]
pub(super) struct Clock {
    offset_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Milliseconds since the Unix epoch.
    pub(super) fn now_ms(&self) -> i64 {
        // A machine set before 1970 gets 1970: timers then run on the offset alone.
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |elapsed| {
                i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
            });
        wall.saturating_add(self.offset_ms.load(Ordering::SeqCst))
    }

    /// Moves the clock forward.
    pub(super) fn advance_ms(&self, by_ms: u32) {
        self.offset_ms.fetch_add(i64::from(by_ms), Ordering::SeqCst);
    }
}
