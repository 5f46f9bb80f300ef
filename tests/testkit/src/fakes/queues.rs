//! The three queues: visibility, receive counts, dead letters after ten, duplicates, reordering, and fair turns among
//! message groups.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use connector_core::domain::{CustomerId, Envelope, Message, Timestamp};
use connector_core::failure::Failure;
use connector_core::ports::{Backoff, Clock as _, Queue};
use tokio::sync::Notify;

use super::lock::lock;
use super::sim::{Journal, Rng, SimClock};
use crate::wiring::queued;

/// Receives before a message is buried, as in the template.
pub const MAX_RECEIVES: u32 = 10;
/// How long a received message stays invisible, as in the template.
pub const VISIBILITY: Duration = Duration::from_secs(180);

/// How unreliable the queues are, in a thousand.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueFaults {
    /// A send fails and did nothing.
    pub fails: u32,
    /// A send fails for the sender and was done.
    pub reply_lost: u32,
    /// A message is delivered twice.
    pub twice: u32,
    /// More messages than this are a broken promise: two functions send each other the same one without end. They are let
    /// go then, or the run would not end either.
    pub most: Option<u64>,
}

/// One message in a queue.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) id: u64,
    pub(super) body: String,
    pub(super) receives: u32,
    group: String,
    visible_at: Timestamp,
    sent_at: Timestamp,
}

/// What happened in a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    pub sent: u64,
    pub dead: u64,
    /// The most that waited at one moment.
    pub most_waiting: usize,
}

#[derive(Debug, Default)]
struct One {
    waiting: BTreeMap<u64, Waiting>,
    /// The message group that was served last.
    last_group: String,
    running: usize,
    stats: Stats,
    /// Messages received again, by message group.
    again: BTreeMap<String, u64>,
}

/// The queues, by name.
#[derive(Clone)]
pub struct FakeQueues {
    inner: Arc<Mutex<(u64, BTreeMap<&'static str, One>)>>,
    pub(super) stirred: Arc<Notify>,
    faults: QueueFaults,
    rng: Rng,
    clock: SimClock,
    journal: Journal,
}

impl FakeQueues {
    pub fn new(faults: QueueFaults, rng: Rng, clock: SimClock, journal: Journal) -> Self {
        Self { inner: Arc::default(), stirred: Arc::default(), faults, rng, clock, journal }
    }

    fn push(&self, queue: &'static str, group: &str, body: &str) {
        let now = self.clock.now();
        self.journal.note(format_args!("send {queue} {body}"));
        let visible_at = now.after(self.rng.ms(0, 30));
        let mut inner = lock(&self.inner);
        if let Some(most) = self.faults.most
            && inner.0 >= most
        {
            if inner.0 == most {
                self.journal.violation(format!("messages without end, at last into {queue}"));
                inner.0 += 1;
            }
            return;
        }
        inner.0 += 1;
        let id = inner.0;
        let one = inner.1.entry(queue).or_default();
        let (group, body) = (group.to_owned(), body.to_owned());
        one.waiting.insert(id, Waiting { id, body, receives: 0, group, visible_at, sent_at: now });
        one.stats.sent += 1;
        one.stats.most_waiting = one.stats.most_waiting.max(one.waiting.len());
        drop(inner);
        self.stirred.notify_waiters();
    }

    /// Receives up to `most` visible messages, unless `concurrency` batches are under way. Groups take turns.
    pub(super) fn receive(&self, queue: &'static str, most: usize, concurrency: usize) -> Vec<Waiting> {
        let now = self.clock.now();
        let mut inner = lock(&self.inner);
        let one = inner.1.entry(queue).or_default();
        let mut batch = Vec::new();
        if one.running >= concurrency {
            return batch;
        }
        while batch.len() < most {
            // The next group after the one served last, around the circle; in it, one of the oldest.
            let mut groups: Vec<&str> =
                one.waiting.values().filter(|m| m.visible_at <= now).map(|m| m.group.as_str()).collect();
            groups.sort_unstable();
            let next = groups.iter().find(|group| **group > one.last_group.as_str()).or(groups.first());
            let Some(group) = next.map(|group| (*group).to_owned()) else { break };
            let of_group: Vec<u64> = one
                .waiting
                .values()
                .filter(|m| m.visible_at <= now && m.group == group)
                .map(|m| m.id)
                .take(3)
                .collect();
            let id = self.rng.pick(&of_group);
            one.last_group = group;
            let Some(message) = one.waiting.get_mut(&id) else { break };
            if message.receives >= MAX_RECEIVES {
                self.journal.note(format_args!("dead {queue} {}", message.body));
                one.waiting.remove(&id);
                one.stats.dead += 1;
                continue;
            }
            message.receives += 1;
            if message.receives > 1 {
                *one.again.entry(message.group.clone()).or_default() += 1;
            }
            message.visible_at = now.after(VISIBILITY);
            batch.push(message.clone());
        }
        one.running += usize::from(!batch.is_empty());
        batch
    }

    /// An invocation ended; these messages were handled.
    pub(super) fn done(&self, queue: &'static str, handled: &[u64]) {
        let mut inner = lock(&self.inner);
        let one = inner.1.entry(queue).or_default();
        one.running -= 1;
        for id in handled {
            one.waiting.remove(id);
        }
        drop(inner);
        self.stirred.notify_waiters();
    }

    /// When the next message becomes visible.
    pub(super) fn next_visible(&self, queue: &'static str) -> Option<Timestamp> {
        lock(&self.inner).1.get(queue)?.waiting.values().map(|m| m.visible_at).min()
    }

    /// What waits in all queues.
    pub fn waiting(&self) -> usize {
        lock(&self.inner).1.values().map(|one| one.waiting.len()).sum()
    }

    /// What happened in a queue.
    pub fn stats(&self, queue: &str) -> Stats {
        lock(&self.inner).1.get(queue).map_or_else(Stats::default, |one| one.stats)
    }

    /// How often messages of a customer were received again after a first time.
    pub fn received_again(&self, queue: &str, customer: &CustomerId) -> u64 {
        lock(&self.inner).1.get(queue).and_then(|one| one.again.get(customer.as_str()).copied()).unwrap_or(0)
    }

    /// Since when the oldest message of a queue waits.
    pub fn oldest(&self, queue: &str) -> Option<Timestamp> {
        lock(&self.inner).1.get(queue)?.waiting.values().map(|m| m.sent_at).min()
    }
}

#[async_trait]
impl Queue for FakeQueues {
    async fn send(&self, envelope: Envelope<Message>) -> Result<(), Failure> {
        tokio::time::sleep(self.rng.ms(1, 9)).await;
        if self.rng.chance(self.faults.fails) {
            return Err(Failure::retry("the queue fails"));
        }
        let group = envelope.customer.to_string();
        let (queue, text) = queued(envelope)?;
        self.push(queue, &group, &text);
        if self.rng.chance(self.faults.twice) {
            self.push(queue, &group, &text);
        }
        if self.rng.chance(self.faults.reply_lost) {
            return Err(Failure::retry("the queue's reply was lost"));
        }
        Ok(())
    }
}

/// The queues as one function sees them.
pub(super) struct OneQueue {
    pub(super) queues: FakeQueues,
    pub(super) name: &'static str,
}

#[async_trait]
impl Backoff for OneQueue {
    async fn put_off(&self, receipt_handle: &str, span: Duration) -> Result<(), Failure> {
        tokio::time::sleep(self.queues.rng.ms(1, 9)).await;
        if self.queues.rng.chance(self.queues.faults.fails) {
            return Err(Failure::retry("the queue fails"));
        }
        let id: u64 = receipt_handle.parse().map_err(|_| Failure::bug("a receipt handle that is none"))?;
        let at = self.queues.clock.now().after(span.min(Duration::from_secs(43_200)));
        if let Some(message) = lock(&self.queues.inner).1.entry(self.name).or_default().waiting.get_mut(&id) {
            message.visible_at = at;
        }
        self.queues.stirred.notify_waiters();
        Ok(())
    }
}
