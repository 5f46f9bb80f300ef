//! The store, played from a log.

use async_trait::async_trait;
use connector_core::domain::{Check, CheckKey, CreateLedger, CustomerId, RequestId, Timestamp, WorkflowId};
use connector_core::failure::Failure;
use connector_core::ports::{DueCheck, DueChecks, ReadChecks, Write, WriteChecks};

use super::{Failed, Replay, key};
use crate::call::{Answer, Call, number_of};
use crate::config::Sabotage;
use crate::snap::Snap;

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
        replay!(self, Call::Latest, Answer::Check(found) => Ok(found.map(|snap| (*snap.check).clone())))
    }

    async fn load(&self, key: &CheckKey) -> Result<Option<Check>, Failure> {
        let call = Call::Load { attempt: key.attempt };
        replay!(self, call, Answer::Check(found) => Ok(found.map(|snap| (*snap.check).clone())))
    }

    async fn by_request(&self, _: &CustomerId, request: &RequestId) -> Result<Option<CheckKey>, Failure> {
        let call = Call::ByRequest { request: number_of(request) };
        replay!(self, call, Answer::Attempts(found) => Ok(found.first().copied().map(key)))
    }

    async fn outcome_unknown(&self, _: &CustomerId, _: &str) -> Result<Vec<CheckKey>, Failure> {
        replay!(self, Call::OutcomeUnknown, Answer::Attempts(found) => Ok(found.into_iter().map(key).collect()))
    }
}

#[async_trait]
impl WriteChecks for Replay {
    async fn insert(&self, check: &Check, _: u16) -> Result<Write, Failure> {
        replay!(self, Call::Insert(self.written(check)),
            Answer::Stored => Ok(Write::Stored),
            Answer::Conflict(theirs) => Ok(Write::Conflict(Box::new((*theirs.check).clone()))))
    }

    async fn save(&self, check: &mut Check, _: u16) -> Result<Write, Failure> {
        replay!(self, Call::Save(self.written(check)),
            Answer::Stored => {
                check.version += 1;
                Ok(Write::Stored)
            },
            Answer::Conflict(theirs) => Ok(Write::Conflict(Box::new((*theirs.check).clone()))))
    }
}

#[async_trait]
impl DueChecks for Replay {
    async fn due(&self, _: u8, _: Timestamp, _: Option<&DueCheck>, _: usize) -> Result<Vec<DueCheck>, Failure> {
        let due = |(attempt, due_at)| DueCheck { key: key(attempt), due_at };
        replay!(self, Call::Due, Answer::Due(found) => Ok(found.into_iter().map(due).collect()))
    }

    async fn postpone(&self, due: &DueCheck, until: Timestamp) -> Result<bool, Failure> {
        let call = Call::Postpone { attempt: due.key.attempt, due_at: due.due_at, until };
        replay!(self, call, Answer::Postponed(moved) => Ok(moved))
    }
}
