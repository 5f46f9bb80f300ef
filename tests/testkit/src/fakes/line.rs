//! The line to a vendor: what the faults of the moment do to a call, and what still happens at the far end once the caller is gone.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_core::domain::{CustomerId, Timestamp};
use connector_core::ports::Clock as _;

use super::lock::lock;
use super::met::Met;
use super::sim::{Rng, SimClock};

/// What is wrong with a vendor for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No connection, or 503.
    Down,
    /// Answers take this long in milliseconds, up to.
    Slow(u64),
    /// Answers take at least and at most this long in milliseconds, each its own time.
    Takes(u64, u64),
    /// Nothing is ever answered, and not even given up.
    Hangs,
    /// 429, with or without `Retry-After` in seconds.
    RateLimited(Option<u64>),
    /// Half of the replies are lost after the work was done.
    LosesReplies,
    /// Our credentials are refused.
    Unauthorized,
    /// 404 to whatever names something: a permission that was taken away, or the key of another account.
    Hides,
    /// A cancel is refused (4xx) although the request is open.
    RefusesCancels,
    /// A cancel is answered with `already_completed` although reads show the request open.
    SaysCompleted,
}

impl Kind {
    /// Whether it affects this call.
    fn affects(self, what: &str) -> bool {
        match self {
            Self::RefusesCancels | Self::SaysCompleted => what == CANCEL,
            // What names nothing is answered: nothing can be missing.
            Self::Hides => !UNHIDDEN.contains(&what),
            _ => true,
        }
    }
}

/// The call that cancels a request.
pub(super) const CANCEL: &str = "cancel";
/// Calls that name nothing which could be hidden.
const UNHIDDEN: [&str; 4] = ["create", "find", "search", "surveys"];

/// From when to when something is wrong.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub from: Timestamp,
    pub to: Timestamp,
    pub kind: Kind,
}

/// How a call ended for the caller.
#[derive(Debug)]
pub(super) enum Reply<T> {
    Answer(T),
    /// It certainly did not reach the vendor.
    NoConnection,
    /// 503: the vendor did nothing.
    Unavailable,
    /// 429.
    RateLimited(Option<Duration>),
    /// 401.
    Unauthorized,
    /// 404.
    NotFound,
    Refused,
    /// A cancel that came too late, or so the answer says.
    SaysCompleted,
    /// It left and no answer came.
    Lost,
}

#[derive(Debug, Default)]
struct Inner {
    /// What is wrong when, and for whom if not for everybody.
    windows: Vec<(Window, Option<CustomerId>)>,
    calls: u64,
    rejected: u64,
    busy: u32,
    most_busy: u32,
    /// Calls by minute of the epoch.
    by_minute: std::collections::BTreeMap<i64, u64>,
}

#[derive(Debug, Clone)]
pub struct Line {
    inner: Arc<Mutex<Inner>>,
    met: Met,
    rng: Rng,
    clock: SimClock,
    timeout: Duration,
    /// Usual latency in milliseconds, least and most.
    latency_ms: (u64, u64),
    /// Replies lost without any fault, in a thousand.
    lost_per_mille: u32,
    /// What a 404 of a thing that is there is called.
    hidden: &'static str,
}

/// Counts a call out when it ends or its caller is cut.
struct Busy(Arc<Mutex<Inner>>);

impl Drop for Busy {
    fn drop(&mut self) {
        lock(&self.0).busy -= 1;
    }
}

impl Line {
    /// A line without faults.
    pub fn new(rng: Rng, clock: SimClock, latency_ms: (u64, u64), lost_per_mille: u32) -> Self {
        let (timeout, hidden) = (Duration::from_secs(10), "404 for a while");
        Self { inner: Arc::default(), met: Met::default(), rng, clock, timeout, latency_ms, lost_per_mille, hidden }
    }

    /// The same line, with a name of its own for [`Kind::Hides`].
    #[must_use]
    pub fn hiding_as(self, hidden: &'static str) -> Self {
        Self { hidden, ..self }
    }

    pub fn trouble(&self, window: Window) {
        lock(&self.inner).windows.push((window, None));
    }

    /// Adds a fault for one customer alone: each has a platform, or an account, of its own.
    pub fn trouble_for(&self, customer: &CustomerId, window: Window) {
        lock(&self.inner).windows.push((window, Some(customer.clone())));
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

    fn fault_at(&self, what: &str, customer: &CustomerId) -> Option<Kind> {
        let now = self.clock.now();
        let inner = lock(&self.inner);
        let mut windows = inner.windows.iter().filter(|(_, only)| only.as_ref().is_none_or(|only| only == customer));
        windows
            .find(|(window, _)| window.from <= now && now < window.to && window.kind.affects(what))
            .map(|(window, _)| window.kind)
    }

    /// How long a call takes on its way and back, in all: the vendor does its work somewhere in between.
    fn drawn(&self, least: u64, most: u64) -> (Duration, Duration) {
        let took = self.rng.between(least, most);
        let there = self.rng.between(0, took);
        (Duration::from_millis(there), Duration::from_millis(took - there))
    }

    /// A span of up to this many milliseconds; no chance is spent on none.
    pub(super) fn drawn_within(&self, most: u64) -> Duration {
        if most == 0 { Duration::ZERO } else { self.rng.ms(0, most) }
    }

    /// Makes a call: `work` runs at the vendor, and runs even if the caller is cut on the way.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        what: &str,
        customer: &CustomerId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Reply<T> {
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
        let (mut there, mut back) = (self.rng.ms(least, most), self.rng.ms(least, most));
        let mut lost = self.rng.chance(self.lost_per_mille);
        let kind = self.fault_at(what, customer);
        // Most kinds of trouble answer on behalf of the vendor, which then does nothing.
        let instead = match kind {
            None => None,
            Some(Kind::Down) => {
                let refused = self.rng.chance(500);
                Some(("outage", if refused { Reply::NoConnection } else { Reply::Unavailable }))
            }
            Some(Kind::Hangs) => std::future::pending().await,
            Some(Kind::RateLimited(after)) => {
                lock(&self.inner).rejected += 1;
                let name = if after.is_some() { "429 with Retry-After" } else { "429" };
                Some((name, Reply::RateLimited(after.map(Duration::from_secs))))
            }
            Some(Kind::Unauthorized) => Some(("credentials refused", Reply::Unauthorized)),
            Some(Kind::Hides) => Some((self.hidden, Reply::NotFound)),
            Some(Kind::RefusesCancels) => Some(("cancel refused", Reply::Refused)),
            Some(Kind::SaysCompleted) => Some(("cancel answered already_completed, still open", Reply::SaysCompleted)),
            Some(Kind::Slow(most)) => {
                self.met.note("slow answer");
                (there, back) = self.drawn(0, most);
                None
            }
            Some(Kind::Takes(least, most)) => {
                self.met.note("seconds for every answer");
                (there, back) = self.drawn(least, most);
                None
            }
            Some(Kind::LosesReplies) => {
                lost |= self.rng.chance(500);
                None
            }
        };
        if let Some((name, reply)) = instead {
            self.met.note(name);
            tokio::time::sleep(there).await;
            return reply;
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
