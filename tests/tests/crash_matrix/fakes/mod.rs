//! The other sides in this process: small, without HTTP, faithful to what the ports' contracts say of them.

mod crosschq;
mod icims;
mod store;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use connector::domain::Timestamp;
use connector::ports::Clock;

pub(crate) use crosschq::{FakeCrosschq, Offers};
pub(crate) use icims::FakeIcims;
pub(crate) use store::FakeChecks;

/// A clock that goes only when told to, and by a millisecond at each look.
pub(crate) struct FakeClock {
    ms: AtomicI64,
}

impl Default for FakeClock {
    fn default() -> Self {
        // A quarter to two on a plain day, away from midnight.
        Self { ms: AtomicI64::new(1_767_231_900_000) }
    }
}

impl FakeClock {
    /// At the same time of this day: for what meets the machine's clock elsewhere.
    pub(crate) fn today() -> Self {
        let (plain, day) = (Self::default().ms.into_inner(), 86_400_000);
        let today = connector::aws::SystemClock.now().ms().div_euclid(day) * day;
        Self { ms: AtomicI64::new(today + plain.rem_euclid(day)) }
    }

    /// Skips time.
    pub(crate) fn skip(&self, span: Duration) {
        self.ms.fetch_add(span.as_millis() as i64, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.ms.fetch_add(1, Ordering::SeqCst))
    }
}
