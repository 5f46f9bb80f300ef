//! Chance, time and the journal of a simulated history.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use connector_core::domain::Timestamp;
use connector_core::ports::Clock;
use tokio::time::Instant;

use super::lock::lock;
use super::met::Met;
use crate::instrument::RunClock;

/// The one source of chance of a history.
#[derive(Debug, Clone)]
pub struct Rng(Arc<Mutex<fastrand::Rng>>);

impl Rng {
    /// The rng of a seed.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))))
    }

    /// Whether something with this chance in a thousand happens.
    pub fn chance(&self, per_mille: u32) -> bool {
        per_mille > 0 && lock(&self.0).u32(0..1000) < per_mille
    }

    /// A number, both ends included.
    pub fn between(&self, least: u64, most: u64) -> u64 {
        lock(&self.0).u64(least..=most)
    }

    /// A span in milliseconds, both ends included.
    pub fn ms(&self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.between(least, most))
    }

    pub fn pick<T: Clone>(&self, of: &[T]) -> T {
        of[lock(&self.0).usize(0..of.len())].clone()
    }
}

/// Tokio's paused clock as a calendar.
#[derive(Debug, Clone, Copy)]
pub struct SimClock {
    began: Timestamp,
    start: Instant,
}

impl SimClock {
    /// The clock of a history that begins at this moment. To be made inside its runtime.
    pub fn begin(began: Timestamp) -> Self {
        Self { began, start: Instant::now() }
    }

    /// Sleeps until a moment.
    pub async fn until(&self, at: Timestamp) {
        let span = at.since(self.now());
        if !span.is_zero() {
            tokio::time::sleep(span).await;
        }
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        self.began.after(self.start.elapsed())
    }
}

#[async_trait]
impl RunClock for SimClock {
    async fn pass(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}

#[derive(Debug, Default)]
struct Inner {
    hash: u64,
    lines: Vec<String>,
    violations: Vec<String>,
}

/// What happened, as one number that two equal histories share; in full on request.
#[derive(Debug, Clone)]
pub struct Journal {
    inner: Arc<Mutex<Inner>>,
    met: Met,
    clock: SimClock,
    verbose: bool,
}

impl Journal {
    /// An empty journal; `verbose` keeps the lines.
    pub fn new(clock: SimClock, verbose: bool) -> Self {
        Self { inner: Arc::default(), met: Met::default(), clock, verbose }
    }

    pub fn note(&self, line: std::fmt::Arguments<'_>) {
        let at = self.clock.now().ms();
        let mut fnv = Fnv(0xcbf2_9ce4_8422_2325);
        fnv.take(&at.to_le_bytes());
        // Writing into the hash cannot fail.
        let _ = std::fmt::Write::write_fmt(&mut fnv, line);
        let mut inner = lock(&self.inner);
        inner.hash = inner.hash.rotate_left(5) ^ fnv.0;
        if self.verbose {
            inner.lines.push(format!("{} {line}", self.clock.now()));
        }
    }

    /// What the history met, beside what its vendors' lines know.
    pub fn met(&self) -> &Met {
        &self.met
    }

    /// Notes a broken promise.
    pub fn violation(&self, what: impl Into<String>) {
        let what = what.into();
        self.note(format_args!("VIOLATION {what}"));
        lock(&self.inner).violations.push(what);
    }

    /// Everything noted, as one number.
    pub fn hash(&self) -> u64 {
        lock(&self.inner).hash
    }

    /// The lines, if they were kept.
    pub fn lines(&self) -> Vec<String> {
        lock(&self.inner).lines.clone()
    }

    pub fn violations(&self) -> Vec<String> {
        lock(&self.inner).violations.clone()
    }
}

struct Fnv(u64);

impl Fnv {
    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

impl std::fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.take(text.as_bytes());
        Ok(())
    }
}
