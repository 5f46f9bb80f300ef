//! The queues: standard, with the customer as message group, so that one customer's flood does not make the others
//! wait (fair queues).

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use serde::Serialize;

use super::config::{QueueUrls, Variable};
use super::errors::failure;
use crate::domain::{Envelope, Message};
use crate::failure::{Cause, Failure};
use crate::ports::{Backoff, Queue};

/// Entries that `SendMessageBatch` takes at once.
const BATCH: usize = 10;

/// SQS refuses what would keep a message invisible for more than 12 h since it was received; the function that asks
/// may have held it for some minutes already.
pub const MAX_PUT_OFF: Duration = Duration::from_secs(12 * 3_600 - 15 * 60);

/// [`Queue`] on SQS.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    urls: QueueUrls,
}

impl SqsQueue {
    /// To these queues; a message for another one is [`Failure::Internal`].
    pub fn new(client: Client, urls: QueueUrls) -> Self {
        Self { client, urls }
    }

    fn url(&self, message: &Message) -> Result<&str, Failure> {
        let (url, variable) = match message {
            Message::Order(_) => (&self.urls.reference_requests, Variable::ReferenceRequestsQueueUrl),
            Message::Update(_) => (&self.urls.icims_updates, Variable::IcimsUpdatesQueueUrl),
            Message::Cancellation(_) => (&self.urls.cancellations, Variable::CancellationsQueueUrl),
        };
        url.as_deref().ok_or_else(|| {
            Failure::internal(Cause::Settings, format!("the environment variable {variable} is not set"))
        })
    }

    async fn send_batch(&self, url: &str, messages: &[Envelope<Message>]) -> Result<(), Failure> {
        let entry = |(number, message): (usize, &Envelope<Message>)| {
            SendMessageBatchRequestEntry::builder()
                .id(number.to_string())
                .message_group_id(message.customer.as_str())
                .message_body(body(message)?)
                .build()
                .map_err(|_| Failure::bug("SQS SendMessageBatch: the request could not be built"))
        };
        let entries = messages.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
        let batch = self.client.send_message_batch().queue_url(url).set_entries(Some(entries));
        let answer = batch.send().await.map_err(|error| failure("SQS SendMessageBatch", &error))?;
        let failed = answer.failed();
        let Some(first) = failed.first() else { return Ok(()) };
        let why = format!("SQS SendMessageBatch: {} of {} failed: {}", failed.len(), messages.len(), first.code());
        Err(if failed.iter().any(|entry| entry.sender_fault()) {
            Failure::internal(Cause::Aws, why)
        } else {
            Failure::retry(why)
        })
    }
}

/// The message's body: what the function at the other end reads.
fn body(message: &Envelope<Message>) -> Result<String, Failure> {
    fn json<M: Serialize>(around: &Envelope<Message>, inner: &M) -> serde_json::Result<String> {
        serde_json::to_string(&Envelope {
            schema: around.schema,
            customer: around.customer.clone(),
            correlation_id: around.correlation_id.clone(),
            message: inner,
        })
    }
    match &message.message {
        Message::Order(inner) => json(message, inner),
        Message::Cancellation(inner) => json(message, inner),
        Message::Update(inner) => json(message, inner),
    }
    .map_err(|_| Failure::bug("a message cannot be written as JSON"))
}

#[async_trait::async_trait]
impl Queue for SqsQueue {
    async fn send(&self, message: Envelope<Message>) -> Result<(), Failure> {
        self.client
            .send_message()
            .queue_url(self.url(&message.message)?)
            .message_group_id(message.customer.as_str())
            .message_body(body(&message)?)
            .send()
            .await
            .map_err(|error| failure("SQS SendMessage", &error))?;
        Ok(())
    }

    async fn send_all(&self, messages: Vec<Envelope<Message>>) -> Result<(), Failure> {
        let mut queues: Vec<(&str, Vec<Envelope<Message>>)> = Vec::new();
        for message in messages {
            let url = self.url(&message.message)?;
            match queues.iter_mut().find(|(known, _)| *known == url) {
                Some((_, messages)) => messages.push(message),
                None => queues.push((url, vec![message])),
            }
        }
        // What can be sent is sent, whatever becomes of the rest.
        let mut outcome = Ok(());
        for (url, messages) in &queues {
            for batch in messages.chunks(BATCH) {
                outcome = outcome.and(self.send_batch(url, batch).await);
            }
        }
        outcome
    }
}

/// [`Backoff`] on the queue that feeds a function.
#[derive(Debug, Clone)]
pub struct SqsBackoff {
    client: Client,
    url: String,
}

impl SqsBackoff {
    /// Defers messages of the queue at `url`.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }
}

/// Whole seconds, rounded up, so that the record does not come back too early.
fn visibility_s(span: Duration) -> i32 {
    let seconds = span.min(MAX_PUT_OFF).as_millis().div_ceil(1_000);
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

#[async_trait::async_trait]
impl Backoff for SqsBackoff {
    async fn put_off(&self, receipt_handle: &str, span: Duration) -> Result<(), Failure> {
        self.client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt_handle)
            .visibility_timeout(visibility_s(span))
            .send()
            .await
            .map_err(|error| failure("SQS ChangeMessageVisibility", &error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Cancellation, IcimsUpdate, ReferenceOrder, Timestamp};

    fn envelope(message: Message) -> Envelope<Message> {
        Envelope::new("1234".parse().unwrap(), "c-1".parse().unwrap(), message)
    }

    #[test]
    fn what_is_sent_is_what_the_other_function_reads() {
        let order = crate::testing::order(2, Timestamp::from_ms(7));
        let read: Envelope<ReferenceOrder> =
            serde_json::from_str(&body(&envelope(Message::Order(order.clone()))).unwrap()).unwrap();
        assert_eq!((read.message, read.customer.as_str()), (order, "1234"));

        let update = IcimsUpdate::Request { request: "6b1f".parse().unwrap(), received_at: Timestamp::from_ms(7) };
        let read: Envelope<IcimsUpdate> =
            serde_json::from_str(&body(&envelope(Message::Update(update.clone()))).unwrap()).unwrap();
        assert_eq!(read.message, update);

        let cancellation =
            Cancellation { workflow: "5".parse().unwrap(), rejection: None, source: crate::domain::Source::Event };
        let sent = body(&envelope(Message::Cancellation(cancellation))).unwrap();
        assert_eq!(sent, r#"{"schema":1,"customer":"1234","correlation_id":"c-1","workflow":"5"}"#);
    }

    #[test]
    fn a_span_is_rounded_up_and_kept_within_what_sqs_takes() {
        assert_eq!(visibility_s(Duration::ZERO), 0);
        assert_eq!(visibility_s(Duration::from_millis(1)), 1);
        assert_eq!(visibility_s(Duration::from_secs(90)), 90);
        assert_eq!(visibility_s(Duration::MAX), 42_300);
    }
}
