//! One running function: what it was started with, and what its calls were answered.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use connector_core::domain::Timestamp;

use crate::call::{Answer, Call, Mail, Status};
use crate::moments::LIFE;
use crate::replay::Log;

/// What a function was started with.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Job {
    /// icims-webhook, on a push.
    Push(Status),
    /// reference-requester, icims-updater or rejection-canceller, on a record.
    Record(Mail),
    /// reconciler, on its schedule.
    Schedule,
}

/// What was answered to a function so far, with two fingerprints of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Story {
    pub(crate) job: Job,
    pub(crate) started: Timestamp,
    pub(crate) log: Arc<Log>,
    /// Stands for all of it.
    pub(crate) whole: u64,
    /// Stands for all of it but the versions of checks: see [`crate::World`].
    pub(crate) plain: u64,
}

impl Story {
    pub(crate) fn begin(job: Job, now: Timestamp) -> Self {
        let mut hasher = DefaultHasher::new();
        (&job, now).hash(&mut hasher);
        let print = hasher.finish();
        Self { job, started: now, log: Arc::default(), whole: print, plain: print }
    }

    /// The story with one more answer.
    pub(crate) fn and(&self, answer: Answer, now: Timestamp) -> Self {
        let mut plain = DefaultHasher::new();
        (self.plain, &answer, now).hash(&mut plain);
        let mut whole = DefaultHasher::new();
        (self.whole, &answer, answer.version(), now).hash(&mut whole);
        let mut log = Vec::with_capacity(self.log.len() + 1);
        log.extend_from_slice(&self.log);
        log.push((answer, now));
        Self {
            job: self.job.clone(),
            started: self.started,
            log: Arc::new(log),
            whole: whole.finish(),
            plain: plain.finish(),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Worker {
    pub(crate) story: Arc<Story>,
    /// The call it waits for.
    pub(crate) pending: Arc<Call>,
}

impl Worker {
    pub(crate) fn job(&self) -> &Job {
        &self.story.job
    }

    /// When its process is stopped.
    pub(crate) fn deadline(&self) -> Timestamp {
        self.story.started.after(LIFE)
    }

    /// Where it stands among the others.
    pub(crate) fn rank(&self) -> (&Job, Timestamp, u64) {
        (&self.story.job, self.story.started, self.story.plain)
    }
}
