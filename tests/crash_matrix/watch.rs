//! The store of a run, watched: every version that it took is remembered, and held against the one before it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use connector_core::domain::{Check, CheckKey, CustomerId, RequestId, Timestamp, WorkflowId};
use connector_core::failure::Failure;
use connector_core::ports::{CheckStore, DueCheck, DueChecks, ReadChecks, Write, WriteChecks};
use testkit::audit;

/// A store of which one workflow's checks are watched. It stands behind the faults: it sees what was done, whatever the
/// caller was told.
pub(crate) struct Watched {
    store: Arc<dyn CheckStore>,
    /// Every version of every attempt.
    taken: Mutex<BTreeMap<u32, BTreeMap<u64, Check>>>,
}

impl Watched {
    /// Nothing taken yet.
    pub(crate) fn new(store: Arc<dyn CheckStore>) -> Self {
        Self { store, taken: Mutex::default() }
    }

    /// Every attempt as it stands, oldest first.
    pub(crate) fn attempts(&self) -> Vec<Check> {
        let taken = self.taken.lock().unwrap();
        taken.values().filter_map(|versions| versions.last_key_value()).map(|(_, check)| check.clone()).collect()
    }

    /// Every change that was written without its entry in the history.
    pub(crate) fn breaches(&self) -> Vec<String> {
        let taken = self.taken.lock().unwrap();
        let mut breaches = Vec::new();
        for versions in taken.values() {
            let mut before = None;
            for (version, check) in versions {
                breaches.extend(audit::breaches(before, check).into_iter().map(|what| format!("v{version}: {what}")));
                before = Some(check);
            }
        }
        breaches
    }

    fn take(&self, check: &Check) {
        let mut taken = self.taken.lock().unwrap();
        taken.entry(check.key.attempt).or_default().insert(check.version, check.clone());
    }
}

#[async_trait]
impl ReadChecks for Watched {
    async fn latest(&self, customer: &CustomerId, workflow: &WorkflowId) -> Result<Option<Check>, Failure> {
        self.store.latest(customer, workflow).await
    }

    async fn load(&self, key: &CheckKey) -> Result<Option<Check>, Failure> {
        self.store.load(key).await
    }

    async fn by_request(&self, customer: &CustomerId, request: &RequestId) -> Result<Option<CheckKey>, Failure> {
        self.store.by_request(customer, request).await
    }

    async fn outcome_unknown(&self, customer: &CustomerId, address: &str) -> Result<Vec<CheckKey>, Failure> {
        self.store.outcome_unknown(customer, address).await
    }
}

#[async_trait]
impl WriteChecks for Watched {
    async fn insert(&self, check: &Check, retention_days: u16) -> Result<Write, Failure> {
        let written = self.store.insert(check, retention_days).await?;
        if written == Write::Stored {
            self.take(check);
        }
        Ok(written)
    }

    async fn save(&self, check: &mut Check, retention_days: u16) -> Result<Write, Failure> {
        let written = self.store.save(check, retention_days).await?;
        if written == Write::Stored {
            self.take(check);
        }
        Ok(written)
    }
}

#[async_trait]
impl DueChecks for Watched {
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<DueCheck>, Failure> {
        self.store.due(now, limit).await
    }

    async fn postpone(&self, due: &DueCheck, until: Timestamp) -> Result<bool, Failure> {
        let postponed = self.store.postpone(due, until).await?;
        let mut taken = self.taken.lock().unwrap();
        if postponed && let Some(mut last) = taken.get_mut(&due.key.attempt).and_then(|versions| versions.last_entry())
        {
            last.get_mut().timing.due_at = Some(until);
        }
        Ok(postponed)
    }
}
