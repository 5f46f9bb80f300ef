//! The queues on SQS.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use serde::Serialize;

use super::config::Config;
use super::error::failure;
use crate::domain::{Envelope, Message};
use crate::failure::Failure;
use crate::ports::{Backoff, Queue};

/// Messages that one SendMessageBatch takes.
const BATCH: usize = 10;
/// The longest visibility timeout of SQS.
const LONGEST: Duration = Duration::from_secs(43_200);

/// [`Queue`] on SQS. A function sends only to the queues that its environment names.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    reference_requests: Option<String>,
    icims_updates: Option<String>,
    cancellations: Option<String>,
}

impl SqsQueue {
    /// The queues that the environment names.
    pub fn new(client: Client, config: Config) -> Self {
        Self {
            client,
            reference_requests: config.reference_requests_queue_url(),
            icims_updates: config.icims_updates_queue_url(),
            cancellations: config.cancellations_queue_url(),
        }
    }

    /// The queue of a message, and its body.
    fn route(&self, envelope: Envelope<Message>) -> Result<Routed<'_>, Failure> {
        let Envelope { schema, customer, correlation_id, message } = envelope;
        let group = customer.to_string();
        let (url, name, body) = match message {
            Message::Order(message) => (
                &self.reference_requests,
                "REFERENCE_REQUESTS_QUEUE_URL",
                body(&Envelope { schema, customer, correlation_id, message }),
            ),
            Message::Cancellation(message) => (
                &self.cancellations,
                "CANCELLATIONS_QUEUE_URL",
                body(&Envelope { schema, customer, correlation_id, message }),
            ),
            Message::Update(message) => (
                &self.icims_updates,
                "ICIMS_UPDATES_QUEUE_URL",
                body(&Envelope { schema, customer, correlation_id, message }),
            ),
        };
        let url = url.as_deref().ok_or_else(|| Failure::internal(format!("{name} is not set")))?;
        Ok(Routed { url, group, body: body? })
    }
}

struct Routed<'a> {
    url: &'a str,
    group: String,
    body: String,
}

fn body(envelope: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(envelope)
        .map_err(|error| Failure::internal(format!("a message that cannot be written: {error}")))
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, envelope: Envelope<Message>) -> Result<(), Failure> {
        let routed = self.route(envelope)?;
        self.client
            .send_message()
            .queue_url(routed.url)
            .message_group_id(routed.group)
            .message_body(routed.body)
            .send()
            .await
            .map(drop)
            .map_err(|error| failure("SendMessage", &error))
    }

    async fn send_all(&self, envelopes: Vec<Envelope<Message>>) -> Result<(), Failure> {
        let mut routed = envelopes.into_iter().map(|envelope| self.route(envelope)).collect::<Result<Vec<_>, _>>()?;
        routed.sort_by_key(|routed| routed.url);
        for of_queue in routed.chunk_by(|a, b| a.url == b.url) {
            for batch in of_queue.chunks(BATCH) {
                self.send_batch(batch).await?;
            }
        }
        Ok(())
    }
}

impl SqsQueue {
    async fn send_batch(&self, batch: &[Routed<'_>]) -> Result<(), Failure> {
        let Some(first) = batch.first() else { return Ok(()) };
        let entries = batch.iter().enumerate().map(|(n, routed)| {
            SendMessageBatchRequestEntry::builder()
                .id(n.to_string())
                .message_group_id(&routed.group)
                .message_body(&routed.body)
                .build()
                .map_err(|error| Failure::internal(format!("a batch entry that cannot be built: {error}")))
        });
        let sent = self
            .client
            .send_message_batch()
            .queue_url(first.url)
            .set_entries(Some(entries.collect::<Result<_, _>>()?))
            .send()
            .await
            .map_err(|error| failure("SendMessageBatch", &error))?;
        match sent.failed.first() {
            None => Ok(()),
            Some(entry) => {
                Err(Failure::retry(format!("{} messages were not taken: {}", sent.failed.len(), entry.code)))
            }
        }
    }
}

/// [`Backoff`] on the queue that feeds this function.
#[derive(Debug, Clone)]
pub struct SqsBackoff {
    client: Client,
    queue_url: String,
}

impl SqsBackoff {
    /// For the queue with this URL.
    pub fn new(client: Client, queue_url: String) -> Self {
        Self { client, queue_url }
    }
}

#[async_trait]
impl Backoff for SqsBackoff {
    async fn put_off(&self, receipt_handle: &str, span: Duration) -> Result<(), Failure> {
        let seconds = span.min(LONGEST).as_secs_f64().ceil() as i32;
        self.client
            .change_message_visibility()
            .queue_url(&self.queue_url)
            .receipt_handle(receipt_handle)
            .visibility_timeout(seconds)
            .send()
            .await
            .map(drop)
            .map_err(|error| failure("ChangeMessageVisibility", &error))
    }
}
