//! The other sides in this process: small, without HTTP, faithful to what the ports' contracts say of them.

mod crosschq;
mod icims;
mod store;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use connector_core::domain::Timestamp;
use connector_core::ports::Clock;
use testkit::instrument::RunClock;
use tokio::time::Instant;

pub(crate) use crosschq::{FakeCrosschq, Offers};
pub(crate) use icims::FakeIcims;
pub(crate) use store::FakeChecks;

/// A clock that goes only when told to, and by a millisecond at each look. In this process it goes with the runtime's
/// timers too, which stand still until everybody waits.
pub(crate) struct FakeClock {
    ms: AtomicI64,
    /// Since when it goes with the runtime's timers; absent where those are the machine's.
    timers: Option<OnceLock<Instant>>,
}

impl Default for FakeClock {
    fn default() -> Self {
        // A quarter to two on a plain day, away from midnight.
        Self { ms: AtomicI64::new(1_767_231_900_000), timers: Some(OnceLock::new()) }
    }
}

impl FakeClock {
    /// At the same time of this day: for what meets the machine's clock elsewhere.
    pub(crate) fn today() -> Self {
        let (plain, day) = (Self::default().ms.into_inner(), 86_400_000);
        let today = connector_core::aws::SystemClock.now().ms().div_euclid(day) * day;
        Self { ms: AtomicI64::new(today + plain.rem_euclid(day)), timers: None }
    }

    /// Skips time.
    pub(crate) fn skip(&self, span: Duration) {
        self.ms.fetch_add(span.as_millis() as i64, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        let timers = self.timers.as_ref().map(|began| began.get_or_init(Instant::now).elapsed());
        let ms = self.ms.fetch_add(1, Ordering::SeqCst);
        Timestamp::from_ms(ms).after(timers.unwrap_or_default())
    }
}

#[async_trait]
impl RunClock for FakeClock {
    async fn pass(&self, span: Duration) {
        match &self.timers {
            // Every limit on a wait that is shorter ends it before.
            Some(_) => tokio::time::sleep(span).await,
            None => self.skip(span),
        }
    }
}
