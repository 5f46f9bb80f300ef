//! What went quiet is looked at again: the safety net under lost callbacks, expired leases and dead deliveries.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tracing::Instrument as _;

use crate::domain::{Check, CheckKey, CorrelationId, Envelope, Message, Source, Timestamp};
use crate::failure::Failure;
use crate::ports::{Clock, DueCheck, DueChecks, Queue};

use super::support::workers::workers_for;

/// Checks found by one query.
const PER_QUERY: usize = 200;
/// Checks looked at side by side.
const CONCURRENCY: usize = 8;
/// What has to be left of the run for another query.
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
    pub enqueued: usize,
    /// Checks that could not be looked at.
    pub failed: usize,
}

impl Reconciler {
    /// Finds checks that are due, puts off their next look, and has the right function look at each; goes on while the run
    /// has time. A check that cannot be read or enqueued fails alone. `deadline` is when this process may be stopped.
    ///
    /// # Errors
    /// What the query for due checks fails with; what was enqueued before stays so.
    pub async fn reconcile(&self, correlation_id: &CorrelationId, deadline: Timestamp) -> Result<Reconciled, Failure> {
        let mut done = Reconciled::default();
        loop {
            let due = self.checks.due(self.clock.now(), PER_QUERY).await?;
            let looks: Vec<_> = due.iter().map(|found| self.look_or_log(found, correlation_id)).collect();
            let looked: Vec<Option<usize>> = stream::iter(looks).buffer_unordered(CONCURRENCY).collect().await;
            done.due += due.len();
            done.enqueued += looked.iter().flatten().sum::<usize>();
            let failed = looked.iter().filter(|look| look.is_none()).count();
            done.failed += failed;
            // What failed is still due: only new ones are worth another query.
            let is_last = due.len() < PER_QUERY || failed == due.len();
            if is_last || deadline.since(self.clock.now()) < NEEDED {
                return Ok(done);
            }
        }
    }

    /// The messages sent for a check; nothing if it failed.
    async fn look_or_log(&self, found: &DueCheck, correlation_id: &CorrelationId) -> Option<usize> {
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

    async fn look(&self, found: &DueCheck, correlation_id: &CorrelationId) -> Result<usize, Failure> {
        let now = self.clock.now();
        if !self.checks.postpone(found, now.after(RETRY_INTERVAL)).await? {
            return Ok(0);
        }
        let Some(check) = self.checks.load(&found.key).await? else { return Ok(0) };
        let messages: Vec<Envelope<Message>> = workers_for(&check, now)
            .into_iter()
            .map(|worker| worker.message(&check, Source::Schedule, correlation_id))
            .collect();
        let sent = messages.len();
        self.queue.send_all(messages).await?;
        Ok(sent)
    }
}
