//! The checks in memory: conditional writes with the old item returned, lagging indexes, failures, lost replies; and an
//! auditor over every write.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use connector_core::domain::{Check, CheckKey, CustomerId, RequestId, State, Timestamp, WorkflowId};
use connector_core::failure::Failure;
use connector_core::ports::{Clock as _, DueCheck, DueChecks, ReadChecks, Write, WriteChecks};

use super::lock::lock;
use super::sim::{Journal, Rng, SimClock};
use crate::audit;

/// How unreliable the store is, in a thousand, and how far its indexes lag.
#[derive(Debug, Clone, Copy, Default)]
pub struct StoreFaults {
    /// No operation takes any time.
    pub instant: bool,
    /// An operation fails and did nothing.
    pub fails: u32,
    /// A write fails for the caller and was done.
    pub reply_lost: u32,
    /// Longest lag of an index, in milliseconds.
    pub index_lag_ms: u64,
    /// A write ignores its condition: no store that the flows can live with.
    pub blind: bool,
}

type Key = (CustomerId, WorkflowId, u32);

/// What an index shows of a check from a moment on.
#[derive(Debug, Clone)]
struct Indexed {
    from: Timestamp,
    request: Option<RequestId>,
    /// The address of its fingerprint, while its create outcome is unknown.
    unknown: Option<String>,
    due_at: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Inner {
    checks: BTreeMap<Key, Check>,
    indexed: BTreeMap<Key, Vec<Indexed>>,
}

#[derive(Debug, Clone)]
pub struct FakeStore {
    inner: Arc<Mutex<Inner>>,
    faults: StoreFaults,
    shards: u8,
    rng: Rng,
    clock: SimClock,
    journal: Journal,
}

fn key_of(key: &CheckKey) -> Key {
    (key.customer.clone(), key.workflow.clone(), key.attempt)
}

fn check_key((customer, workflow, attempt): &Key) -> CheckKey {
    CheckKey { customer: customer.clone(), workflow: workflow.clone(), attempt: *attempt }
}

impl FakeStore {
    pub fn new(faults: StoreFaults, rng: Rng, clock: SimClock, journal: Journal) -> Self {
        Self { inner: Arc::default(), faults, shards: 1, rng, clock, journal }
    }

    /// The same, with its due checks spread over this many shards.
    pub fn sharded(mut self, shards: u8) -> Self {
        self.shards = shards;
        self
    }

    fn shard_of(&self, (_, workflow, _): &Key) -> u8 {
        let sum = workflow.as_str().bytes().fold(0u8, u8::wrapping_add);
        sum % self.shards
    }

    pub fn all(&self) -> Vec<Check> {
        lock(&self.inner).checks.values().cloned().collect()
    }

    /// Whether there is such a check.
    pub fn any(&self, which: impl Fn(&Check) -> bool) -> bool {
        lock(&self.inner).checks.values().any(which)
    }

    /// Puts a check there as it is.
    pub fn seed(&self, check: Check) {
        let key = key_of(&check.key);
        let now = self.clock.now();
        let mut inner = lock(&self.inner);
        Self::index(&mut inner, &key, &check, now);
        inner.checks.insert(key, check);
    }

    /// Whether any check is due.
    pub fn any_due(&self, now: Timestamp) -> bool {
        lock(&self.inner).checks.values().any(|check| check.timing.due_at.is_some_and(|due| due <= now))
    }

    fn index(inner: &mut Inner, key: &Key, check: &Check, from: Timestamp) {
        let shows = Indexed {
            from,
            request: check.request().cloned(),
            unknown: check
                .fingerprint()
                .filter(|_| check.request().is_none() && check.state() == State::OutcomeUnknown)
                .map(|fingerprint| fingerprint.address.clone()),
            due_at: check.timing.due_at,
        };
        let shown = inner.indexed.entry(key.clone()).or_default();
        shown.retain(|earlier| earlier.from <= from);
        // What nobody can see any more is forgotten; the last before it may still be what is seen.
        if shown.len() > 8 {
            shown.drain(..4);
        }
        shown.push(shows);
    }

    async fn travel(&self) -> Result<(), Failure> {
        if !self.faults.instant {
            tokio::time::sleep(self.rng.ms(1, 9)).await;
        }
        if self.rng.chance(self.faults.fails) { Err(Failure::retry("the store fails")) } else { Ok(()) }
    }

    async fn put(&self, check: &Check, over: Option<u64>) -> Result<Write, Failure> {
        self.travel().await?;
        let written = {
            let key = key_of(&check.key);
            let lag = self.rng.ms(0, self.faults.index_lag_ms);
            let from = self.clock.now().after(lag);
            let mut inner = lock(&self.inner);
            let before = inner.checks.get(&key);
            match (before.map(|before| before.version), over) {
                (None, None) => {}
                (None, Some(_)) => return Err(Failure::bug("a check disappeared between two writes")),
                (Some(stands), Some(over)) if stands == over => {}
                _ if self.faults.blind => {}
                (Some(_), _) => {
                    let theirs = before.cloned().map(Box::new);
                    return Ok(theirs.map_or(Write::Stored, Write::Conflict));
                }
            }
            self.audit(before, check);
            Self::index(&mut inner, &key, check, from);
            self.journal.note(format_args!(
                "store {}/{} v{} {:?} cancel={:?} due={:?}",
                check.key.workflow,
                check.key.attempt,
                check.version,
                check.state(),
                check.cancel_reason(),
                check.timing.due_at.map(|due| due.since(self.clock.now()).as_secs()),
            ));
            inner.checks.insert(key, check.clone());
            Write::Stored
        };
        if self.rng.chance(self.faults.reply_lost) {
            return Err(Failure::retry("the store's reply was lost"));
        }
        Ok(written)
    }

    /// What changed is recorded in the same write.
    fn audit(&self, before: Option<&Check>, after: &Check) {
        for breach in audit::breaches(before, after) {
            self.journal.violation(format!("{} v{}: {breach}", after.external_id(), after.version));
        }
    }
}

#[async_trait]
impl ReadChecks for FakeStore {
    async fn latest(&self, customer: &CustomerId, workflow: &WorkflowId) -> Result<Option<Check>, Failure> {
        self.travel().await?;
        let range = (customer.clone(), workflow.clone(), 0)..=(customer.clone(), workflow.clone(), u32::MAX);
        Ok(lock(&self.inner).checks.range(range).next_back().map(|(_, check)| check.clone()))
    }

    async fn load(&self, key: &CheckKey) -> Result<Option<Check>, Failure> {
        self.travel().await?;
        Ok(lock(&self.inner).checks.get(&key_of(key)).cloned())
    }

    async fn by_request(&self, customer: &CustomerId, request: &RequestId) -> Result<Option<CheckKey>, Failure> {
        self.travel().await?;
        let now = self.clock.now();
        let inner = lock(&self.inner);
        let found = inner.indexed.iter().find(|(key, shown)| {
            key.0 == *customer && seen(shown, now).is_some_and(|shown| shown.request.as_ref() == Some(request))
        });
        Ok(found.map(|(key, _)| check_key(key)))
    }

    async fn outcome_unknown(&self, customer: &CustomerId, address: &str) -> Result<Vec<CheckKey>, Failure> {
        self.travel().await?;
        let now = self.clock.now();
        let inner = lock(&self.inner);
        let unknown =
            |shown: &Vec<Indexed>| seen(shown, now).is_some_and(|shown| shown.unknown.as_deref() == Some(address));
        let found = inner.indexed.iter().filter(|(key, shown)| key.0 == *customer && unknown(shown));
        Ok(found.map(|(key, _)| check_key(key)).collect())
    }
}

#[async_trait]
impl WriteChecks for FakeStore {
    async fn insert(&self, check: &Check, _: u16) -> Result<Write, Failure> {
        self.put(check, None).await
    }

    async fn save(&self, check: &mut Check, _: u16) -> Result<Write, Failure> {
        let loaded = check.version;
        check.version = loaded + 1;
        let written = self.put(check, Some(loaded)).await;
        if !matches!(written, Ok(Write::Stored)) {
            check.version = loaded;
        }
        written
    }
}

#[async_trait]
impl DueChecks for FakeStore {
    fn shards(&self) -> u8 {
        self.shards
    }

    async fn due(
        &self,
        shard: u8,
        now: Timestamp,
        after: Option<&DueCheck>,
        limit: usize,
    ) -> Result<Vec<DueCheck>, Failure> {
        self.travel().await?;
        let inner = lock(&self.inner);
        let mut due: Vec<_> = inner
            .indexed
            .iter()
            .filter(|(key, _)| self.shard_of(key) == shard)
            .filter_map(|(key, shown)| {
                let due_at = seen(shown, self.clock.now())?.due_at?;
                (due_at <= now).then(|| DueCheck { key: check_key(key), due_at })
            })
            .collect();
        due.sort_by_cached_key(place);
        due.retain(|found| after.is_none_or(|after| place(found) > place(after)));
        due.truncate(limit);
        Ok(due)
    }

    async fn postpone(&self, due: &DueCheck, until: Timestamp) -> Result<bool, Failure> {
        self.travel().await?;
        let key = key_of(&due.key);
        let from = self.clock.now().after(self.rng.ms(0, self.faults.index_lag_ms));
        let mut inner = lock(&self.inner);
        let Some(mut check) = inner.checks.get(&key).filter(|check| check.timing.due_at == Some(due.due_at)).cloned()
        else {
            return Ok(false);
        };
        check.timing.due_at = Some(until);
        Self::index(&mut inner, &key, &check, from);
        inner.checks.insert(key, check);
        Ok(true)
    }
}

/// Where a check stands in its shard.
fn place(found: &DueCheck) -> (Timestamp, Key) {
    (found.due_at, key_of(&found.key))
}

fn seen(shown: &[Indexed], now: Timestamp) -> Option<&Indexed> {
    shown.iter().rev().find(|shown| shown.from <= now)
}
