//! What went quiet is looked at again: the safety net under lost callbacks, expired leases and dead deliveries.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, future, stream};
use tracing::Instrument as _;

use crate::domain::{Check, CheckKey, CorrelationId, Envelope, Message, Source, Timestamp};
use crate::failure::Failure;
use crate::ports::{Clock, DueCheck, DueChecks, Queue};

use super::support::workers::{Worker, workers_for};

/// Checks of one shard found by one query.
const PER_QUERY: usize = 200;
/// Checks of one shard looked at side by side. Four shards at this pace make some thousand writes a second, which is
/// what an index of four partitions takes.
const CONCURRENCY: usize = 16;
/// Messages sent by one call, as many as SQS takes.
const BATCH: usize = 10;
/// Calls of one shard that send side by side.
const SENDERS: usize = 8;
/// What has to be left of the run for another page.
const NEEDED: Duration = Duration::from_secs(25);
/// How long the schedule leaves a check alone after it enqueued it.
const RETRY_INTERVAL: Duration = Check::RETRY_DUE;

/// Enqueues what is due.
pub struct Reconciler {
    pub checks: Arc<dyn DueChecks>,
    pub queue: Arc<dyn Queue>,
    pub clock: Arc<dyn Clock>,
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reconciled {
    pub due: usize,
    /// Messages sent.
    pub enqueued: usize,
    /// Checks that could not be looked at, and messages that could not be sent.
    pub failed: usize,
    /// More may be due: the run ended for want of time.
    pub out_of_time: bool,
}

impl Reconciled {
    fn and(self, other: Self) -> Self {
        Self {
            due: self.due + other.due,
            enqueued: self.enqueued + other.enqueued,
            failed: self.failed + other.failed,
            out_of_time: self.out_of_time || other.out_of_time,
        }
    }
}

impl Reconciler {
    /// Finds checks that are due, puts off their next look, and has the right function look at each; goes on while the run
    /// has time. What is not reached stays due. A check that cannot be read, and a batch that cannot be sent, fail alone.
    /// `deadline` is when this process may be stopped.
    ///
    /// # Errors
    /// What the query for due checks fails with; the other shards are done nevertheless.
    pub async fn reconcile(&self, correlation_id: &CorrelationId, deadline: Timestamp) -> Result<Reconciled, Failure> {
        let shards: Vec<_> =
            (0..self.checks.shards()).map(|shard| self.reconcile_shard(shard, correlation_id, deadline)).collect();
        let shards = future::join_all(shards).await;
        shards.into_iter().try_fold(Reconciled::default(), |all, done| Ok(all.and(done?)))
    }

    async fn reconcile_shard(
        &self,
        shard: u8,
        correlation_id: &CorrelationId,
        deadline: Timestamp,
    ) -> Result<Reconciled, Failure> {
        let mut done = Reconciled::default();
        let mut last: Option<DueCheck> = None;
        // What becomes due during the run is the next one's.
        let due_by = self.clock.now();
        loop {
            let mut page = self.checks.due(shard, due_by, last.as_ref(), PER_QUERY).await?;
            done = done.and(self.enqueue(&page, correlation_id).await);
            if page.len() < PER_QUERY {
                return Ok(done);
            }
            last = page.pop();
            if deadline.since(self.clock.now()) < NEEDED {
                return Ok(Reconciled { out_of_time: true, ..done });
            }
        }
    }

    /// Has a page of checks looked at.
    async fn enqueue(&self, page: &[DueCheck], correlation_id: &CorrelationId) -> Reconciled {
        let looks: Vec<_> = page.iter().map(|found| self.look_or_log(found, correlation_id)).collect();
        let looked: Vec<Option<_>> = stream::iter(looks).buffer_unordered(CONCURRENCY).collect().await;
        let failed = looked.iter().filter(|messages| messages.is_none()).count();
        let mut messages: Vec<Envelope<Message>> = looked.into_iter().flatten().flatten().collect();
        // Those of one queue side by side, so that they fill its batches.
        messages.sort_by_key(|message| match message.message {
            Message::Order(_) => 0,
            Message::Update(_) => 1,
            Message::Cancellation(_) => 2,
        });
        let sends: Vec<_> = messages.chunks(BATCH).map(|batch| self.send_or_log(batch.to_vec())).collect();
        let sent: Vec<usize> = stream::iter(sends).buffer_unordered(SENDERS).collect().await;
        let enqueued = sent.iter().sum();
        let unsent = messages.len().saturating_sub(enqueued);
        Reconciled { due: page.len(), enqueued, failed: failed + unsent, out_of_time: false }
    }

    /// How many were sent: all of them or none. What failed may have been sent all the same; it is due again in time.
    async fn send_or_log(&self, batch: Vec<Envelope<Message>>) -> usize {
        let messages = batch.len();
        match self.queue.send_all(batch).await {
            Ok(()) => messages,
            Err(failure) => {
                let class = failure.class().as_str();
                tracing::error!(failure = class, why = %failure, messages, "due checks were not enqueued");
                0
            }
        }
    }

    /// The messages to be sent for a check; nothing if it failed.
    async fn look_or_log(&self, found: &DueCheck, correlation_id: &CorrelationId) -> Option<Vec<Envelope<Message>>> {
        let CheckKey { customer, workflow, attempt } = &found.key;
        let span =
            tracing::error_span!("check", customer.id = %customer, workflow.id = %workflow, check.attempt = attempt);
        let look = async {
            self.look(found, correlation_id).await.inspect_err(|failure| {
                tracing::error!(failure = failure.class().as_str(), why = %failure, "a due check was not enqueued");
            })
        };
        look.instrument(span).await.ok()
    }

    async fn look(&self, found: &DueCheck, correlation_id: &CorrelationId) -> Result<Vec<Envelope<Message>>, Failure> {
        let now = self.clock.now();
        if !self.checks.postpone(found, now.after(RETRY_INTERVAL)).await? {
            return Ok(Vec::new());
        }
        let Some(check) = self.checks.load(&found.key).await? else { return Ok(Vec::new()) };
        let message = |worker: Worker| worker.message(&check, Source::Schedule, correlation_id);
        Ok(workers_for(&check, now).into_iter().map(message).collect())
    }
}
