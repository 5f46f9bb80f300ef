//! A callback came from Crosschq: remember to look at the request it names.

use std::sync::Arc;

use crate::domain::{CorrelationId, CustomerId, Envelope, IcimsUpdate, Message, RequestId};
use crate::failure::Failure;
use crate::ports::{Clock, Queue};

/// Takes callbacks in. The body is a hint: only the id is taken from it.
pub struct Callback {
    pub queue: Arc<dyn Queue>,
    pub clock: Arc<dyn Clock>,
}

impl Callback {
    /// Queues a look at a request. When this returns, the message is durable.
    ///
    /// # Errors
    /// What the queue fails with.
    pub async fn accept(
        &self,
        customer: &CustomerId,
        request: RequestId,
        correlation_id: &CorrelationId,
    ) -> Result<(), Failure> {
        let message = Message::Update(IcimsUpdate::Request { request, received_at: self.clock.now() });
        self.queue.send(Envelope::new(customer.clone(), correlation_id.clone(), message)).await
    }
}
