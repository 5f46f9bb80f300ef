//! Taking messages out of a queue for a moment, and putting them back.
//!
//! SQS cannot be looked into: a look is a receive. What is held is invisible for so long, and given back as soon as the
//! look is over; should the command be interrupted, it comes back by itself.

use std::collections::{HashMap, HashSet};

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message, MessageAttributeValue, MessageSystemAttributeName,
};
use connector_core::domain::Timestamp;

use super::Reading;
use crate::failure::CliError;
use crate::session::{QueueName, Session, explain};

/// How long held messages stay invisible, in seconds: longer than any look takes.
const HELD_S: i32 = 120;
/// The most messages of one answer, and of one batch.
const BATCH: usize = 10;

/// A message that was taken out.
#[derive(Clone)]
pub struct Letter {
    /// SQS's id.
    pub id: String,
    /// What it says.
    pub reading: Reading,
    /// When it was first sent.
    pub sent_at: Option<Timestamp>,
    /// How often it was received, in this queue.
    pub receives: u32,
    receipt: String,
    body: String,
    group: Option<String>,
    attributes: Option<HashMap<String, MessageAttributeValue>>,
}

/// Messages of one queue, out of it for a moment.
pub struct Held {
    /// The messages.
    pub letters: Vec<Letter>,
    /// Whether the look ended at its limit, so that there may be more.
    pub cut: bool,
}

/// Holds up to `limit` messages that were meant for `queue`; `url` is that queue or its dead-letter queue. Ends early once
/// `enough` says so of a message.
///
/// # Errors
/// What AWS says; what was held until then is given back.
pub async fn hold(
    session: &Session,
    queue: QueueName,
    url: &str,
    limit: usize,
    enough: impl Fn(&Letter) -> bool,
) -> Result<Held, CliError> {
    let (mut letters, mut known) = (Vec::new(), HashSet::new());
    loop {
        let room = limit.saturating_sub(letters.len());
        if room == 0 {
            return Ok(Held { letters, cut: true });
        }
        let received = session
            .sqs()
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(i32::try_from(room.min(BATCH)).unwrap_or(1))
            .visibility_timeout(HELD_S)
            // Long polling asks every server; without it a queue may seem empty that is not.
            .wait_time_seconds(1)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .send()
            .await;
        let messages = match received {
            Ok(answer) => answer.messages.unwrap_or_default(),
            Err(error) => {
                let told = explain("SQS ReceiveMessage", &error);
                give_back(session, url, &letters).await?;
                return Err(told);
            }
        };
        let before = letters.len();
        for message in messages {
            let Some(letter) = letter(queue, message) else { continue };
            if known.insert(letter.id.clone()) {
                letters.push(letter);
            }
        }
        // Nothing more, or only what we have seen: the queue has been gone through.
        if letters.len() == before {
            return Ok(Held { letters, cut: false });
        }
        if letters.iter().skip(before).any(&enough) {
            return Ok(Held { letters, cut: true });
        }
    }
}

fn letter(queue: QueueName, message: Message) -> Option<Letter> {
    let attributes = message.attributes.unwrap_or_default();
    let told = |name: MessageSystemAttributeName| attributes.get(&name).cloned();
    let body = message.body.unwrap_or_default();
    Some(Letter {
        id: message.message_id?,
        reading: Reading::of(queue, &body),
        sent_at: told(MessageSystemAttributeName::SentTimestamp).and_then(|ms| ms.parse().ok()).map(Timestamp::from_ms),
        receives: told(MessageSystemAttributeName::ApproximateReceiveCount).and_then(|n| n.parse().ok()).unwrap_or(0),
        receipt: message.receipt_handle?,
        group: told(MessageSystemAttributeName::MessageGroupId),
        attributes: message.message_attributes.filter(|attributes| !attributes.is_empty()),
        body,
    })
}

/// Makes messages visible again at once.
///
/// # Errors
/// What AWS says; what is not given back then comes back by itself.
pub async fn give_back(session: &Session, url: &str, letters: &[Letter]) -> Result<(), CliError> {
    for batch in letters.chunks(BATCH) {
        let entry = |(number, letter): (usize, &Letter)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(number.to_string())
                .receipt_handle(&letter.receipt)
                .visibility_timeout(0)
                .build()
                .map_err(|error| CliError::internal(format!("the request cannot be built: {error}")))
        };
        let entries = batch.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
        let sent = session.sqs().change_message_visibility_batch().queue_url(url).set_entries(Some(entries)).send();
        // One that cannot be given back now, because its time has run out, is back already.
        sent.await.map_err(|error| {
            let told = explain("SQS ChangeMessageVisibilityBatch", &error);
            CliError { message: format!("{}; what was looked at comes back within {HELD_S} s", told.message), ..told }
        })?;
    }
    Ok(())
}

/// Sends a message again, as it was, to a queue.
///
/// # Errors
/// What AWS says; whether it was sent is not known then. Sending it twice is harmless: the functions take it for a
/// redelivery.
pub async fn send_again(session: &Session, url: &str, letter: &Letter) -> Result<(), CliError> {
    session
        .sqs()
        .send_message()
        .queue_url(url)
        .message_body(&letter.body)
        .set_message_group_id(letter.group.clone())
        .set_message_attributes(letter.attributes.clone())
        .send()
        .await
        .map(drop)
        .map_err(|error| explain("SQS SendMessage", &error))
}

/// Deletes a message that is held.
///
/// # Errors
/// What AWS says.
pub async fn delete(session: &Session, url: &str, letter: &Letter) -> Result<(), CliError> {
    session
        .sqs()
        .delete_message()
        .queue_url(url)
        .receipt_handle(&letter.receipt)
        .send()
        .await
        .map(drop)
        .map_err(|error| explain("SQS DeleteMessage", &error))
}
