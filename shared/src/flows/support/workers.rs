//! Which function looks at a check.

use crate::domain::{Check, CorrelationId, Envelope, Message, Phase, Source, Timestamp};

use super::notify;

/// A function that takes its work from a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worker {
    Requester,
    Updater,
    Canceller,
}

impl Worker {
    /// The message that has it look at a check.
    pub(in crate::flows) fn message(self, check: &Check, source: Source, cause: &CorrelationId) -> Envelope<Message> {
        match self {
            Self::Canceller => notify::cancellation(check, source, cause),
            Self::Requester => notify::order(check, source, cause),
            Self::Updater => notify::update(check, source, cause),
        }
    }
}

/// Who has something to do or to find out about a check.
pub(in crate::flows) fn workers_for(check: &Check, now: Timestamp) -> Vec<Worker> {
    let cancelling = check.may_need_cancelling() && !check.cancel_rests(now);
    let mut workers = Vec::with_capacity(2);
    if cancelling {
        workers.push(Worker::Canceller);
    }
    match check.phase() {
        Phase::Creating(_) => workers.push(Worker::Requester),
        // Once it has tried to cancel, the canceller has the updater look.
        _ if cancelling && check.cancel_reason().is_some() => {}
        _ => workers.push(Worker::Updater),
    }
    workers
}
