//! The clock of SQS and Secrets Manager.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Wall time plus an offset, so that a test need not sleep through a visibility timeout or a retention period.
#[derive(Clone, Default)]
pub(super) struct Clock {
    offset_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Milliseconds since the Unix epoch.
    pub(super) fn now_ms(&self) -> i64 {
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |elapsed| i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX));
        wall.saturating_add(self.offset_ms.load(Ordering::SeqCst))
    }

    pub(super) fn advance_ms(&self, by_ms: u32) {
        self.offset_ms.fetch_add(i64::from(by_ms), Ordering::SeqCst);
    }
}
