//! The checks in memory: conditional on the version, the conflicting item returned, `postpone` beside the version.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use connector_core::domain::{Check, CheckKey, CustomerId, RequestId, State, Timestamp, WorkflowId};
use connector_core::failure::Failure;
use connector_core::ports::{DueCheck, DueChecks, ReadChecks, Write, WriteChecks};

type Key = (String, String, u32);

/// [`CheckStore`] in memory.
#[derive(Default)]
pub(crate) struct FakeChecks {
    checks: Mutex<BTreeMap<Key, Check>>,
}

fn key(key: &CheckKey) -> Key {
    (key.customer.to_string(), key.workflow.to_string(), key.attempt)
}

impl FakeChecks {
    /// All attempts for a workflow.
    pub(crate) fn attempts(&self, workflow: &WorkflowId) -> Vec<Check> {
        self.checks.lock().unwrap().values().filter(|check| check.key.workflow == *workflow).cloned().collect()
    }

    fn put(&self, check: &Check, over: Option<u64>) -> Write {
        let mut checks = self.checks.lock().unwrap();
        match (checks.get(&key(&check.key)), over) {
            (None, None) => {}
            (Some(present), Some(version)) if present.version == version => {}
            (Some(present), _) => return Write::Conflict(Box::new(present.clone())),
            (None, Some(_)) => panic!("a check disappeared between two writes"),
        }
        checks.insert(key(&check.key), check.clone());
        Write::Stored
    }
}

#[async_trait]
impl ReadChecks for FakeChecks {
    async fn latest(&self, customer: &CustomerId, workflow: &WorkflowId) -> Result<Option<Check>, Failure> {
        let attempts = self.attempts(workflow);
        Ok(attempts.into_iter().rfind(|check| check.key.customer == *customer))
    }

    async fn load(&self, wanted: &CheckKey) -> Result<Option<Check>, Failure> {
        Ok(self.checks.lock().unwrap().get(&key(wanted)).cloned())
    }

    async fn by_request(&self, customer: &CustomerId, request: &RequestId) -> Result<Option<CheckKey>, Failure> {
        let checks = self.checks.lock().unwrap();
        let holds = |check: &&Check| check.key.customer == *customer && check.request() == Some(request);
        Ok(checks.values().find(holds).map(|check| check.key.clone()))
    }

    async fn outcome_unknown(&self, customer: &CustomerId, _: &str) -> Result<Vec<CheckKey>, Failure> {
        let checks = self.checks.lock().unwrap();
        let unknown = |check: &&Check| {
            check.key.customer == *customer && check.state() == State::OutcomeUnknown && check.request().is_none()
        };
        Ok(checks.values().filter(unknown).map(|check| check.key.clone()).collect())
    }
}

#[async_trait]
impl WriteChecks for FakeChecks {
    async fn insert(&self, check: &Check, _: u16) -> Result<Write, Failure> {
        Ok(self.put(check, None))
    }

    async fn save(&self, check: &mut Check, _: u16) -> Result<Write, Failure> {
        let loaded = check.version;
        check.version = loaded + 1;
        let written = self.put(check, Some(loaded));
        if written != Write::Stored {
            check.version = loaded;
        }
        Ok(written)
    }
}

#[async_trait]
impl DueChecks for FakeChecks {
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<DueCheck>, Failure> {
        let checks = self.checks.lock().unwrap();
        let mut due: Vec<DueCheck> = checks
            .values()
            .filter_map(|check| Some(DueCheck { key: check.key.clone(), due_at: check.timing.due_at? }))
            .filter(|due| due.due_at <= now)
            .collect();
        due.sort_by_key(|due| due.due_at);
        due.truncate(limit);
        Ok(due)
    }

    async fn postpone(&self, due: &DueCheck, until: Timestamp) -> Result<bool, Failure> {
        let mut checks = self.checks.lock().unwrap();
        let Some(check) = checks.get_mut(&key(&due.key)).filter(|check| check.timing.due_at == Some(due.due_at)) else {
            return Ok(false);
        };
        check.timing.due_at = Some(until);
        Ok(true)
    }
}
