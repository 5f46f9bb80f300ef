//! Takes "look again" from `icims-updates`: reads the request from Crosschq, advances the check, shows it in iCIMS.

use std::sync::Arc;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use connector_core::batch::{self, Invocation};
use connector_core::domain::{Envelope, IcimsUpdate, Timestamp};
use connector_core::failure::Failure;
use connector_core::flows::Updater;
use connector_core::ports::{Backoff, Customers};
use lambda_runtime::LambdaEvent;

/// Handles the batches of one process.
#[expect(missing_docs, reason = "the fields' names say it")]
pub struct Handler {
    pub customers: Arc<dyn Customers>,
    pub updater: Updater,
    pub backoff: Arc<dyn Backoff>,
}

impl Handler {
    /// Handles a batch; answers which records failed.
    ///
    /// # Errors
    /// Only if a failed record cannot be named.
    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Failure> {
        let deadline = Timestamp::from_ms(i64::try_from(event.context.deadline).unwrap_or(i64::MAX));
        let invocation = Invocation { deadline, clock: self.updater.clock.as_ref(), backoff: self.backoff.as_ref() };
        batch::run(event.payload, invocation, async |envelope: Envelope<IcimsUpdate>, limit| {
            let customer = self.customers.get_required(&envelope.customer).await?;
            self.updater.update(&customer, &envelope.message, &envelope.correlation_id, limit).await
        })
        .await
    }
}
