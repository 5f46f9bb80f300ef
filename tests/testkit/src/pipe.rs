//! The three queues as one list, with visibility on the story's clock.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use connector_core::domain::{Envelope, Message, Timestamp};
use connector_core::failure::Failure;
use connector_core::ports::{Backoff, Clock, Queue};

use crate::wiring::{Record, queued};

/// One message on its way.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its identity in the list; also message id and receipt handle.
    pub id: u64,
    /// `reference-requests`, `icims-updates` or `cancellations`.
    pub queue: &'static str,
    /// The body, as the real queue would carry it.
    pub body: String,
    /// How often it was delivered.
    pub receives: u32,
    pub visible_at: Timestamp,
}

impl Delivery {
    /// The message as its function gets it.
    pub fn record(&self) -> Record<'_> {
        Record { id: self.id, body: &self.body, receives: self.receives }
    }
}

#[derive(Debug, Default)]
struct Inner {
    next_id: u64,
    waiting: Vec<Delivery>,
    dead: Vec<Delivery>,
    put_off: Vec<(u64, Duration)>,
    all_bodies: Vec<String>,
}

#[derive(Clone)]
pub struct Pipe {
    inner: Arc<Mutex<Inner>>,
    clock: Arc<dyn Clock>,
}

impl Pipe {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { inner: Arc::default(), clock }
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a message to a queue.
    pub fn push(&self, queue: &'static str, body: String) {
        let now = self.clock.now();
        let mut inner = self.inner();
        inner.next_id += 1;
        let id = inner.next_id;
        inner.all_bodies.push(body.clone());
        inner.waiting.push(Delivery { id, queue, body, receives: 0, visible_at: now });
    }

    /// Takes all visible messages of a queue.
    pub fn take(&self, queue: &str) -> Vec<Delivery> {
        let now = self.clock.now();
        let mut inner = self.inner();
        let (taken, rest) =
            std::mem::take(&mut inner.waiting).into_iter().partition(|m| m.queue == queue && m.visible_at <= now);
        inner.waiting = rest;
        taken
    }

    /// Takes the oldest visible message of any queue.
    pub fn take_next(&self) -> Option<Delivery> {
        let now = self.clock.now();
        let mut inner = self.inner();
        let at = inner.waiting.iter().position(|m| m.visible_at <= now)?;
        Some(inner.waiting.remove(at))
    }

    /// Makes a message that was taken visible again at a moment, whatever was put off.
    pub fn put_back(&self, mut delivery: Delivery, visible_at: Timestamp) {
        delivery.visible_at = visible_at;
        let mut inner = self.inner();
        inner.put_off.retain(|(id, _)| *id != delivery.id);
        inner.waiting.push(delivery);
    }

    /// Gives a failed message back, or buries it after `max_receives`.
    pub fn give_back(&self, mut delivery: Delivery, max_receives: u32) {
        let now = self.clock.now();
        let mut inner = self.inner();
        let put_off = inner.put_off.iter().rposition(|(id, _)| *id == delivery.id);
        let span = put_off.map_or(Duration::from_secs(180), |at| inner.put_off.remove(at).1);
        delivery.visible_at = now.after(span);
        if delivery.receives >= max_receives { inner.dead.push(delivery) } else { inner.waiting.push(delivery) }
    }

    /// When the next message becomes visible, if one waits.
    pub fn next_visible(&self) -> Option<Timestamp> {
        self.inner().waiting.iter().map(|m| m.visible_at).min()
    }

    /// What is in the dead-letter queues.
    pub fn dead(&self) -> Vec<Delivery> {
        self.inner().dead.clone()
    }

    pub fn waiting(&self) -> Vec<Delivery> {
        self.inner().waiting.clone()
    }

    /// Forgets what waits: messages that went missing.
    pub fn lose_all(&self) {
        self.inner().waiting.clear();
    }

    /// Every body that was ever queued.
    pub fn all_bodies(&self) -> Vec<String> {
        self.inner().all_bodies.clone()
    }
}

#[async_trait]
impl Queue for Pipe {
    async fn send(&self, envelope: Envelope<Message>) -> Result<(), Failure> {
        let (queue, body) = queued(envelope)?;
        self.push(queue, body);
        Ok(())
    }
}

#[async_trait]
impl Backoff for Pipe {
    async fn put_off(&self, receipt_handle: &str, span: Duration) -> Result<(), Failure> {
        let id = receipt_handle.parse().map_err(|_| Failure::bug("a receipt handle that is none"))?;
        self.inner().put_off.push((id, span));
        Ok(())
    }
}
