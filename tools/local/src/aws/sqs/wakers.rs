//! Notifies waiting receivers of new messages.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// One channel per queue, created by its first listener.
#[derive(Clone, Default)]
pub(super) struct Wakers {
    queues: Arc<Mutex<HashMap<String, watch::Sender<()>>>>,
}

impl Wakers {
    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, watch::Sender<()>>) -> T) -> T {
        act(&mut self.queues.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Listens from now on: nothing that is rung after this is missed.
    pub(super) fn listen(&self, queue: &str) -> watch::Receiver<()> {
        self.with(|queues| queues.entry(queue.to_owned()).or_insert_with(|| watch::Sender::new(())).subscribe())
    }

    /// Wakes the queue's listeners.
    pub(super) fn wake(&self, queue: &str) {
        self.with(|queues| {
            if let Some(bell) = queues.get(queue) {
                bell.send_replace(());
            }
        });
    }

    /// Wakes everybody.
    pub(super) fn wake_all(&self) {
        self.with(|queues| {
            for bell in queues.values() {
                bell.send_replace(());
            }
        });
    }
}
