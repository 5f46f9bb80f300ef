//! Runs on a schedule and has the other functions look at what went quiet.

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use connector::domain::CorrelationId;
use connector::failure::Failure;
use connector::flows::Reconciler;
use lambda_runtime::LambdaEvent;

/// What a scheduled event carries besides its envelope: nothing we read.
pub type Schedule = EventBridgeEvent;

/// Handles the runs of one process.
pub struct Handler {
    /// The use case.
    pub reconciler: Reconciler,
}

impl Handler {
    /// One run.
    ///
    /// # Errors
    /// What store or queue fail with; the next run does what this one left.
    pub async fn handle(&self, event: LambdaEvent<Schedule>) -> Result<(), Failure> {
        let correlation_id = CorrelationId::parse(&event.context.request_id)
            .map_err(|error| Failure::internal(format!("the invocation's request id: {error}")))?;
        let done = self.reconciler.reconcile(&correlation_id).await?;
        tracing::info!(correlation.id = %correlation_id, due = done.due, enqueued = done.enqueued, "reconciled");
        Ok(())
    }
}
