//! Receiving messages to inspect them, and releasing them again.
//!
//! SQS has no other way to read a message. What is received is invisible until it is released; if the command is
//! interrupted, that ends by itself.

use std::collections::{HashMap, HashSet};

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message, MessageAttributeValue, MessageSystemAttributeName,
};
use connector_core::domain::Timestamp;

use super::Content;
use crate::failure::{CliError, explain};
use crate::session::{QueueName, Session};

/// How long received messages stay invisible, in seconds: longer than any command inspects them.
const IN_FLIGHT_S: i32 = 120;
/// Most messages of one response, and of one batch.
const BATCH: usize = 10;

/// A message that was received.
#[derive(Clone)]
pub(crate) struct DeadLetter {
    /// Assigned by SQS.
    pub(crate) id: String,
    pub(crate) content: Content,
    /// When it was first sent.
    pub(crate) sent_at: Option<Timestamp>,
    /// How often it was received, in this queue.
    pub(crate) receives: u32,
    receipt: String,
    body: String,
    group: Option<String>,
    attributes: Option<HashMap<String, MessageAttributeValue>>,
}

/// Messages of one queue that are invisible to other receivers.
pub(crate) struct InFlight {
    pub(crate) messages: Vec<DeadLetter>,
    /// Whether the limit was reached, so that there may be more.
    pub(crate) cut: bool,
}

/// Receives up to `limit` messages that were meant for `queue`; `url` is that queue or its dead-letter queue. Ends early once
/// `enough` is true for a message.
///
/// # Errors
/// What AWS says; what was received until then is released.
pub(crate) async fn receive(
    session: &Session,
    queue: QueueName,
    url: &str,
    limit: usize,
    enough: impl Fn(&DeadLetter) -> bool,
) -> Result<InFlight, CliError> {
    let (mut dead_letters, mut known) = (Vec::new(), HashSet::new());
    loop {
        let room = limit.saturating_sub(dead_letters.len());
        if room == 0 {
            return Ok(InFlight { messages: dead_letters, cut: true });
        }
        let received = session
            .sqs()
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(i32::try_from(room.min(BATCH)).unwrap_or(1))
            .visibility_timeout(IN_FLIGHT_S)
            // Long polling asks every server; without it a queue may seem empty that is not.
            .wait_time_seconds(1)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .send()
            .await;
        let messages = match received {
            Ok(answer) => answer.messages.unwrap_or_default(),
            Err(error) => {
                let error = explain("SQS ReceiveMessage", &error);
                release(session, url, &dead_letters).await?;
                return Err(error);
            }
        };
        let before = dead_letters.len();
        for message in messages {
            let Some(dead_letter) = dead_letter(queue, message) else { continue };
            if known.insert(dead_letter.id.clone()) {
                dead_letters.push(dead_letter);
            }
        }
        // Nothing more, or only what we have seen: the whole queue was received.
        if dead_letters.len() == before {
            return Ok(InFlight { messages: dead_letters, cut: false });
        }
        if dead_letters.iter().skip(before).any(&enough) {
            return Ok(InFlight { messages: dead_letters, cut: true });
        }
    }
}

fn dead_letter(queue: QueueName, message: Message) -> Option<DeadLetter> {
    let attributes = message.attributes.unwrap_or_default();
    let attribute = |name: MessageSystemAttributeName| attributes.get(&name).cloned();
    let body = message.body.unwrap_or_default();
    Some(DeadLetter {
        id: message.message_id?,
        content: Content::of(queue, &body),
        sent_at: attribute(MessageSystemAttributeName::SentTimestamp)
            .and_then(|ms| ms.parse().ok())
            .map(Timestamp::from_ms),
        receives: attribute(MessageSystemAttributeName::ApproximateReceiveCount)
            .and_then(|n| n.parse().ok())
            .unwrap_or(0),
        receipt: message.receipt_handle?,
        group: attribute(MessageSystemAttributeName::MessageGroupId),
        attributes: message.message_attributes.filter(|attributes| !attributes.is_empty()),
        body,
    })
}

/// Makes messages visible again at once.
///
/// # Errors
/// What AWS says; what is not released becomes visible by itself.
pub(crate) async fn release(session: &Session, url: &str, dead_letters: &[DeadLetter]) -> Result<(), CliError> {
    for batch in dead_letters.chunks(BATCH) {
        let entry = |(number, dead_letter): (usize, &DeadLetter)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(number.to_string())
                .receipt_handle(&dead_letter.receipt)
                .visibility_timeout(0)
                .build()
                .map_err(|error| CliError::internal(format!("the request cannot be built: {error}")))
        };
        let entries = batch.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
        let sent = session.sqs().change_message_visibility_batch().queue_url(url).set_entries(Some(entries)).send();
        // A message that cannot be released because its time has run out is visible already.
        sent.await.map_err(|error| {
            explain("SQS ChangeMessageVisibilityBatch", &error)
                .context(|why| format!("{why}; received messages become visible again within {IN_FLIGHT_S} s"))
        })?;
    }
    Ok(())
}

/// Sends a message again, as it was, to a queue.
///
/// # Errors
/// What AWS says; whether it was sent is not known then. Sending it twice is harmless: the functions treat it
/// as a redelivery.
pub(crate) async fn send_again(session: &Session, url: &str, dead_letter: &DeadLetter) -> Result<(), CliError> {
    session
        .sqs()
        .send_message()
        .queue_url(url)
        .message_body(&dead_letter.body)
        .set_message_group_id(dead_letter.group.clone())
        .set_message_attributes(dead_letter.attributes.clone())
        .send()
        .await
        .map(drop)
        .map_err(|error| explain("SQS SendMessage", &error))
}

/// Deletes a message that was received.
pub(crate) async fn delete(session: &Session, url: &str, dead_letter: &DeadLetter) -> Result<(), CliError> {
    session
        .sqs()
        .delete_message()
        .queue_url(url)
        .receipt_handle(&dead_letter.receipt)
        .send()
        .await
        .map(drop)
        .map_err(|error| explain("SQS DeleteMessage", &error))
}
