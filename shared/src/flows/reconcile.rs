//! What went quiet is looked at again: the safety net under lost callbacks, expired leases and dead deliveries.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{Check, CorrelationId, Envelope, Message};
use crate::failure::Failure;
use crate::ports::{CheckStore, Clock, DueCheck, Queue};

use super::operate::{Looker, lookers};
use super::tell;

/// Checks looked at in one run; the rest is found by the next.
const PER_RUN: usize = 500;
/// How long the schedule leaves a check alone after it enqueued it.
const AGAIN_IN: Duration = Check::RETRY_DUE;

/// Enqueues what is due.
pub struct Reconciler {
    /// The checks.
    pub checks: Arc<dyn CheckStore>,
    /// Towards the three workers.
    pub queue: Arc<dyn Queue>,
    /// The present.
    pub clock: Arc<dyn Clock>,
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Checks whose time had come.
    pub due: usize,
    /// Messages sent.
    pub enqueued: usize,
}

impl Reconciler {
    /// Finds checks that are due, puts off their next look, and has the right function look at each.
    ///
    /// # Errors
    /// What store or queue fail with; what was put off before is due again soon.
    pub async fn reconcile(&self, correlation_id: &CorrelationId) -> Result<Reconciled, Failure> {
        let now = self.clock.now();
        let due = self.checks.due(now, PER_RUN).await?;
        let mut messages = Vec::new();
        for found in &due {
            messages.extend(self.look(found, correlation_id).await?);
        }
        let enqueued = messages.len();
        if enqueued > 0 {
            self.queue.send_all(messages).await?;
        }
        Ok(Reconciled { due: due.len(), enqueued })
    }

    async fn look(&self, found: &DueCheck, correlation_id: &CorrelationId) -> Result<Vec<Envelope<Message>>, Failure> {
        if !self.checks.postpone(found, self.clock.now().after(AGAIN_IN)).await? {
            return Ok(Vec::new());
        }
        let Some(check) = self.checks.load(&found.key).await? else { return Ok(Vec::new()) };
        let messages = lookers(&check).into_iter().map(|looker| match looker {
            Looker::Canceller => tell::cancellation(&check, correlation_id),
            Looker::Requester => tell::order(&check, correlation_id),
            Looker::Updater => tell::background_update(&check, correlation_id),
        });
        Ok(messages.collect())
    }
}
