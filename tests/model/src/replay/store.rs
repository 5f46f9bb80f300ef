//! The store, played from a log.

use async_trait::async_trait;
use connector_core::domain::{Check, CheckKey, CreateLedger, CustomerId, RequestId, Timestamp, WorkflowId};
use connector_core::failure::Failure;
use connector_core::ports::{DueCheck, DueChecks, ReadChecks, Write, WriteChecks};

use super::{Replay, key, odd};
use crate::call::{Answer, Call, number_of};
use crate::config::Sabotage;
use crate::snap::Snap;

fn store_failed() -> Failure {
    Failure::retry("store")
}

impl Replay {
    fn written(&self, check: &Check) -> Snap {
        match self.sabotage {
            Sabotage::NothingCounted => {
                let mut uncounted = check.clone();
                uncounted.creates = CreateLedger::default();
                Snap::of(&uncounted)
            }
            _ => Snap::of(check),
        }
    }
}

#[async_trait]
impl ReadChecks for Replay {
    async fn latest(&self, _: &CustomerId, _: &WorkflowId) -> Result<Option<Check>, Failure> {
        match ask!(self, Call::Latest) {
            Answer::Check(found) => Ok(found.map(|snap| (*snap.check).clone())),
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
        }
    }

    async fn load(&self, key: &CheckKey) -> Result<Option<Check>, Failure> {
        match ask!(self, Call::Load { attempt: key.attempt }) {
            Answer::Check(found) => Ok(found.map(|snap| (*snap.check).clone())),
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
        }
    }

    async fn by_request(&self, _: &CustomerId, request: &RequestId) -> Result<Option<CheckKey>, Failure> {
        match ask!(self, Call::ByRequest { request: number_of(request) }) {
            Answer::Attempts(found) => Ok(found.first().copied().map(key)),
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
        }
    }

    async fn outcome_unknown(&self, _: &CustomerId, _: &str) -> Result<Vec<CheckKey>, Failure> {
        match ask!(self, Call::OutcomeUnknown) {
            Answer::Attempts(found) => Ok(found.into_iter().map(key).collect()),
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
        }
    }
}

#[async_trait]
impl WriteChecks for Replay {
    async fn insert(&self, check: &Check, _: u16) -> Result<Write, Failure> {
        match ask!(self, Call::Insert(self.written(check))) {
            Answer::Stored => Ok(Write::Stored),
            Answer::Conflict(theirs) => Ok(Write::Conflict(Box::new((*theirs.check).clone()))),
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
        }
    }

    async fn save(&self, check: &mut Check, _: u16) -> Result<Write, Failure> {
        match ask!(self, Call::Save(self.written(check))) {
            Answer::Stored => {
                check.version += 1;
                Ok(Write::Stored)
            }
            Answer::Conflict(theirs) => Ok(Write::Conflict(Box::new((*theirs.check).clone()))),
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
        }
    }
}

#[async_trait]
impl DueChecks for Replay {
    async fn due(&self, _: Timestamp, _: usize) -> Result<Vec<DueCheck>, Failure> {
        match ask!(self, Call::Due) {
            Answer::Due(found) => {
                Ok(found.into_iter().map(|(attempt, due_at)| DueCheck { key: key(attempt), due_at }).collect())
            }
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
        }
    }

    async fn postpone(&self, due: &DueCheck, until: Timestamp) -> Result<bool, Failure> {
        match ask!(self, Call::Postpone { attempt: due.key.attempt, due_at: due.due_at, until }) {
            Answer::Postponed(moved) => Ok(moved),
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
        }
    }
}
