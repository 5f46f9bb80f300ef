//! Runs on a schedule: has the other functions look at what went quiet, and finds events that never came.

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use connector_core::domain::{CorrelationId, Timestamp};
use connector_core::failure::Failure;
use connector_core::flows::{EventBackfill, Reconciler};
use lambda_runtime::LambdaEvent;
use tracing::Instrument as _;

/// What a scheduled event carries besides its envelope: nothing we read.
pub type Schedule = EventBridgeEvent;

/// Handles the runs of one process.
#[expect(missing_docs, reason = "the fields' names say it")]
pub struct Handler {
    pub reconciler: Reconciler,
    pub backfill: EventBackfill,
}

impl Handler {
    /// One run. What is due comes first; neither half keeps the other from its work.
    ///
    /// # Errors
    /// What store or queue fail with; the next run does what this one left.
    pub async fn handle(&self, event: LambdaEvent<Schedule>) -> Result<(), Failure> {
        let correlation_id = CorrelationId::of_invocation(Some(&event.context.request_id));
        let deadline = Timestamp::from_ms(i64::try_from(event.context.deadline).unwrap_or(i64::MAX));
        let span = tracing::error_span!("run", correlation.id = %correlation_id);
        let reconciled = self.reconciler.reconcile(&correlation_id, deadline).instrument(span.clone()).await;
        let searched = self.backfill.run(&correlation_id, deadline).instrument(span.clone()).await;
        let _entered = span.entered();
        if let Ok(done) = &reconciled {
            tracing::info!(
                due = done.due,
                enqueued = done.enqueued,
                failed = done.failed,
                out_of_time = done.out_of_time,
                "reconciled"
            );
        }
        if let Ok(done) = &searched {
            tracing::info!(
                scans = done.scans,
                failed = done.failed,
                orders = done.orders,
                cancellations = done.cancellations,
                icims.calls = done.calls,
                "searched"
            );
        }
        reconciled.map(drop).and(searched.map(drop))
    }
}
