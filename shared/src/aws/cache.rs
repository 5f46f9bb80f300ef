//! What is read once per customer and kept in the process for a while. One reader at a time per customer: the messages
//! of a batch run concurrently, and one call serves them all.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::CustomerId;
use crate::failure::Failure;

/// Customers kept at once. Anyone can name customers that do not exist, so what is kept of them is bounded.
const MAX_SLOTS: usize = 1_024;

/// Values by customer, for a while.
#[derive(Debug)]
pub(super) struct Cache<V> {
    slots: Mutex<HashMap<CustomerId, Arc<Slot<V>>>>,
    /// How long a value is used without asking again.
    present_for: Duration,
    /// How long nothing is taken for nothing.
    absent_for: Duration,
}

type Slot<V> = tokio::sync::Mutex<Held<V>>;

#[derive(Debug)]
struct Held<V> {
    value: Option<Arc<V>>,
    /// When the value was read.
    read_at: Option<Instant>,
    /// When reading it was last tried, with or without success.
    tried_at: Option<Instant>,
}

impl<V> Cache<V> {
    pub(super) fn new(present_for: Duration, absent_for: Duration) -> Self {
        Self { slots: Mutex::default(), present_for, absent_for }
    }

    /// What is held, or what `read` gives. Failures are not held.
    pub(super) async fn get<F>(&self, id: &CustomerId, read: F) -> Result<Option<Arc<V>>, Failure>
    where
        F: Future<Output = Result<Option<V>, Failure>>,
    {
        let slot = self.slot(id);
        let mut held = slot.lock().await;
        let lifetime = if held.value.is_some() { self.present_for } else { self.absent_for };
        if held.read_at.is_some_and(|at| at.elapsed() < lifetime) {
            return Ok(held.value.clone());
        }
        held.replace(read).await
    }

    /// What `read` gives, unless that was asked less than `at_most_every` ago and something is held.
    pub(super) async fn refresh<F>(
        &self,
        id: &CustomerId,
        at_most_every: Duration,
        read: F,
    ) -> Result<Option<Arc<V>>, Failure>
    where
        F: Future<Output = Result<Option<V>, Failure>>,
    {
        let slot = self.slot(id);
        let mut held = slot.lock().await;
        if held.read_at.is_some() && held.tried_at.is_some_and(|at| at.elapsed() < at_most_every) {
            return Ok(held.value.clone());
        }
        held.replace(read).await
    }

    fn slot(&self, id: &CustomerId) -> Arc<Slot<V>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(id) {
            return Arc::clone(slot);
        }
        if slots.len() >= MAX_SLOTS {
            slots.retain(|_, slot| slot.try_lock().is_ok_and(|held| held.value.is_some()));
        }
        if slots.len() >= MAX_SLOTS {
            slots.clear();
        }
        let slot = Arc::new(Slot::new(Held { value: None, read_at: None, tried_at: None }));
        slots.insert(id.clone(), Arc::clone(&slot));
        slot
    }
}

impl<V> Held<V> {
    async fn replace<F>(&mut self, read: F) -> Result<Option<Arc<V>>, Failure>
    where
        F: Future<Output = Result<Option<V>, Failure>>,
    {
        self.tried_at = Some(Instant::now());
        self.value = read.await?.map(Arc::new);
        self.read_at = Some(Instant::now());
        Ok(self.value.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::advance;

    use super::*;

    const PRESENT: Duration = Duration::from_secs(60);
    const ABSENT: Duration = Duration::from_secs(5);

    struct World {
        cache: Cache<u32>,
        reads: AtomicU32,
    }

    impl World {
        fn new() -> Self {
            Self { cache: Cache::new(PRESENT, ABSENT), reads: AtomicU32::new(0) }
        }

        async fn read(&self, known: bool) -> Result<Option<u32>, Failure> {
            tokio::task::yield_now().await;
            let count = self.reads.fetch_add(1, Ordering::SeqCst) + 1;
            Ok(known.then_some(count))
        }

        fn reads(&self) -> u32 {
            self.reads.load(Ordering::SeqCst)
        }
    }

    fn id(text: &str) -> CustomerId {
        text.parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_value_is_read_once_within_its_lifetime_and_again_after_it() {
        let world = World::new();
        for _ in 0..3 {
            let value = world.cache.get(&id("1"), world.read(true)).await.unwrap();
            assert_eq!(value.as_deref(), Some(&1));
        }
        advance(PRESENT).await;
        assert_eq!(world.cache.get(&id("1"), world.read(true)).await.unwrap().as_deref(), Some(&2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_that_asks_at_once_reads_once() {
        let world = World::new();
        let one = id("1");
        let asked = (0..10).map(|_| world.cache.get(&one, world.read(true)));
        futures_util::future::try_join_all(asked).await.unwrap();
        assert_eq!(world.reads(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_customer_is_asked_for_again_after_seconds() {
        let world = World::new();
        assert!(world.cache.get(&id("1"), world.read(false)).await.unwrap().is_none());
        assert!(world.cache.get(&id("1"), world.read(true)).await.unwrap().is_none());
        advance(ABSENT).await;
        assert!(world.cache.get(&id("1"), world.read(true)).await.unwrap().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_not_held() {
        let world = World::new();
        let failing = async { Err(Failure::retry("busy")) };
        assert!(world.cache.get(&id("1"), failing).await.is_err());
        assert!(world.cache.get(&id("1"), world.read(true)).await.unwrap().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refresh_reads_anew_but_not_twice_within_its_bound() {
        let world = World::new();
        let bound = Duration::from_secs(10);
        let one = id("1");
        world.cache.get(&one, world.read(true)).await.unwrap();
        advance(bound).await;
        for _ in 0..5 {
            let value = world.cache.refresh(&one, bound, world.read(true)).await.unwrap();
            assert_eq!(value.as_deref(), Some(&2));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_refresh_keeps_what_is_held_until_the_next_one() {
        let world = World::new();
        let bound = Duration::from_secs(10);
        let one = id("1");
        world.cache.get(&one, world.read(true)).await.unwrap();
        advance(bound).await;
        let failing = async { Err(Failure::retry("busy")) };
        assert!(world.cache.refresh(&one, bound, failing).await.is_err());
        assert_eq!(world.cache.refresh(&one, bound, world.read(true)).await.unwrap().as_deref(), Some(&1));
    }

    #[tokio::test(start_paused = true)]
    async fn made_up_customers_do_not_fill_the_memory_nor_push_out_real_ones() {
        let world = World::new();
        world.cache.get(&id("real"), world.read(true)).await.unwrap();
        for number in 0..3_000 {
            world.cache.get(&id(&format!("made-up-{number}")), world.read(false)).await.unwrap();
        }
        assert!(world.cache.slots.lock().unwrap().len() <= MAX_SLOTS);
        let before = world.reads();
        world.cache.get(&id("real"), world.read(true)).await.unwrap();
        assert_eq!(world.reads(), before);
    }
}
