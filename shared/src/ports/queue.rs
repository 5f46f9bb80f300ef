//! The queues.

use std::time::Duration;

use async_trait::async_trait;

use crate::domain::{Envelope, Message};
use crate::failure::Failure;

/// The queues. A message is durable when `send` returns; it may be delivered more than once and in any order.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Sends a message to the queue of its kind, with the customer as message group.
    async fn send(&self, message: Envelope<Message>) -> Result<(), Failure>;

    /// Sends several, as few calls as possible. On failure some may have been sent.
    async fn send_all(&self, messages: Vec<Envelope<Message>>) -> Result<(), Failure> {
        for message in messages {
            self.send(message).await?;
        }
        Ok(())
    }
}

/// Puts off the next delivery of a record of the queue that feeds a function.
#[async_trait]
pub trait Backoff: Send + Sync {
    /// Keeps the record invisible for `span` (at most 12 h).
    async fn put_off(&self, receipt_handle: &str, span: Duration) -> Result<(), Failure>;
}
