//! Sending. The message is committed to disk before the response leaves.

use rusqlite::params;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::attributes::{DELAY_S, MAX_DELAY_S, MAX_MESSAGE_BYTES};
use super::batch::{Batch, batch};
use super::message::{
    MessageAttributes, check_attributes, check_body, digest_of_attributes, digest_of_body, size_bytes,
};
use super::queue::Queue;
use super::{Call, error};

/// The limit of a whole batch, whatever the queue's own for one message.
const MAX_BATCH_BYTES: usize = 1_048_576;

/// A message as its sender passes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Outgoing {
    message_body: String,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: MessageAttributes,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

impl Outgoing {
    fn size_bytes(&self) -> usize {
        size_bytes(&self.message_body, &self.message_attributes)
    }
}

pub(super) fn send_batch(call: &Call<'_>, request: Batch<Outgoing>) -> Result<Value, AwsError> {
    let bytes: usize = request.entries.iter().map(|entry| entry.message.size_bytes()).sum();
    if bytes > MAX_BATCH_BYTES {
        let message = format!("Batch requests cannot be longer than 1048576 bytes. You have sent {bytes} bytes.");
        return Err(error::sqs("BatchRequestTooLong", message));
    }
    batch(send)(call, request)
}

fn check(queue: &Queue, message: &Outgoing) -> Result<(), AwsError> {
    check_body(&message.message_body)?;
    check_attributes(&message.message_attributes)?;
    let limit = queue.attributes.number(MAX_MESSAGE_BYTES);
    if i64::try_from(message.size_bytes()).is_ok_and(|size| size > limit) {
        return Err(error::invalid_parameter(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
        )));
    }
    error::check_range("DelaySeconds", message.delay_seconds, 0, MAX_DELAY_S)?;
    if let Some(group) = &message.message_group_id
        && (!(1..=128).contains(&group.len()) || !group.chars().all(|c| c.is_ascii_graphic()))
    {
        let reason = "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.";
        return Err(error::invalid_value("MessageGroupId", group, reason));
    }
    if message.message_deduplication_id.is_some() {
        return Err(error::invalid_parameter(
            "The request includes a parameter that is not valid for this queue type: MessageDeduplicationId.",
        ));
    }
    Ok(())
}

pub(super) fn send(call: &Call<'_>, queue: &Queue, message: Outgoing) -> Result<Value, AwsError> {
    check(queue, &message)?;
    let id = uuid::Uuid::new_v4().to_string();
    let delay_s = message.delay_seconds.unwrap_or_else(|| queue.attributes.number(DELAY_S));
    call.db.execute(
        "INSERT INTO messages (queue, id, body, attributes, group_key, sent_ms, visible_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            queue.name,
            id,
            message.message_body,
            json!(message.message_attributes).to_string(),
            message.message_group_id.unwrap_or_default(),
            call.now_ms,
            call.now_ms + delay_s * 1_000,
        ],
    )?;
    call.announce(&queue.name);
    Ok(json!({
        "MessageId": id,
        "MD5OfMessageBody": digest_of_body(&message.message_body),
        "MD5OfMessageAttributes": digest_of_attributes(&message.message_attributes),
    }))
}
