//! The line to a vendor: what the weather does to a call, and what still happens at the far end once the caller is gone.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::domain::Timestamp;
use connector::ports::Clock as _;

use super::met::Met;
use super::sim::{Dice, SimClock, lock};

/// What is wrong with a vendor for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No connection, or 503.
    Down,
    /// Answers take this long in milliseconds, up to.
    Slow(u64),
    /// 429, with or without `Retry-After` in seconds.
    RateLimited(Option<u64>),
    /// Half of the replies are lost after the work was done.
    LosesReplies,
    /// Our credentials are refused.
    Unauthorized,
}

/// From when to when something is wrong.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// From.
    pub from: Timestamp,
    /// To.
    pub to: Timestamp,
    /// What.
    pub kind: Kind,
}

/// How a call ended for the caller.
#[derive(Debug)]
pub(super) enum Reply<T> {
    /// An answer.
    Answer(T),
    /// It certainly did not reach the vendor.
    NoConnection,
    /// 503: the vendor did nothing.
    Unavailable,
    /// 429.
    RateLimited(Option<Duration>),
    /// 401.
    Unauthorized,
    /// It left and no answer came.
    Lost,
}

#[derive(Debug, Default)]
struct Inner {
    windows: Vec<Window>,
    calls: u64,
    rejected: u64,
    busy: u32,
    most_busy: u32,
    /// Calls by minute of the epoch.
    by_minute: std::collections::BTreeMap<i64, u64>,
}

/// One vendor's line.
#[derive(Debug, Clone)]
pub struct Line {
    inner: Arc<Mutex<Inner>>,
    met: Met,
    dice: Dice,
    clock: SimClock,
    timeout: Duration,
    /// Usual latency in milliseconds, least and most.
    latency_ms: (u64, u64),
    /// Replies lost in good weather, in a thousand.
    lost_per_mille: u32,
}

/// Counts a call out when it ends or its caller is cut.
struct Busy(Arc<Mutex<Inner>>);

impl Drop for Busy {
    fn drop(&mut self) {
        lock(&self.0).busy -= 1;
    }
}

impl Line {
    /// A line in good weather.
    pub fn new(dice: Dice, clock: SimClock, latency_ms: (u64, u64), lost_per_mille: u32) -> Self {
        let timeout = Duration::from_secs(10);
        Self { inner: Arc::default(), met: Met::default(), dice, clock, timeout, latency_ms, lost_per_mille }
    }

    /// Adds bad weather.
    pub fn trouble(&self, window: Window) {
        lock(&self.inner).windows.push(window);
    }

    /// What its calls met.
    pub fn met(&self) -> &Met {
        &self.met
    }

    /// Calls made so far.
    pub fn calls(&self) -> u64 {
        lock(&self.inner).calls
    }

    /// Calls that were answered with 429.
    pub fn rejected(&self) -> u64 {
        lock(&self.inner).rejected
    }

    /// The most calls under way at one moment.
    pub fn most_busy(&self) -> u32 {
        lock(&self.inner).most_busy
    }

    /// The most calls within one minute.
    pub fn most_in_a_minute(&self) -> u64 {
        lock(&self.inner).by_minute.values().copied().max().unwrap_or(0)
    }

    fn weather(&self) -> Option<Kind> {
        let now = self.clock.now();
        lock(&self.inner).windows.iter().find(|window| window.from <= now && now < window.to).map(|window| window.kind)
    }

    /// Makes a call: `work` runs at the vendor, and runs even if the caller is cut on the way.
    pub(super) async fn call<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Reply<T> {
        {
            let minute = self.clock.now().ms() / 60_000;
            let mut inner = lock(&self.inner);
            inner.calls += 1;
            *inner.by_minute.entry(minute).or_default() += 1;
            inner.busy += 1;
            inner.most_busy = inner.most_busy.max(inner.busy);
        }
        let _busy = Busy(self.inner.clone());
        let (least, most) = self.latency_ms;
        let (mut there, back) = (self.dice.ms(least, most), self.dice.ms(least, most));
        let mut lost = self.dice.chance(self.lost_per_mille);
        match self.weather() {
            Some(Kind::Down) => {
                self.met.note("outage");
                tokio::time::sleep(there).await;
                return if self.dice.chance(500) { Reply::NoConnection } else { Reply::Unavailable };
            }
            Some(Kind::RateLimited(after)) => {
                self.met.note(if after.is_some() { "429 with Retry-After" } else { "429" });
                tokio::time::sleep(there).await;
                lock(&self.inner).rejected += 1;
                return Reply::RateLimited(after.map(Duration::from_secs));
            }
            Some(Kind::Unauthorized) => {
                self.met.note("credentials refused");
                tokio::time::sleep(there).await;
                return Reply::Unauthorized;
            }
            Some(Kind::Slow(most)) => {
                self.met.note("slow answer");
                there = self.dice.ms(0, most);
            }
            Some(Kind::LosesReplies) => lost |= self.dice.chance(500),
            None => {}
        }
        if lost {
            self.met.note("reply lost");
        }
        let (reply, answer) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            tokio::time::sleep(there).await;
            let result = work();
            tokio::time::sleep(back).await;
            if !lost {
                // The caller may be gone.
                let _ = reply.send(result);
            }
        });
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(Ok(result)) => Reply::Answer(result),
            Ok(Err(_)) | Err(_) => Reply::Lost,
        }
    }
}
