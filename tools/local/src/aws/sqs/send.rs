//! Sending. The message is committed to disk before the answer leaves.

use rusqlite::params;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::attributes::{DELAY_S, MAX_MESSAGE_BYTES};
use super::batch::{self, Batch};
use super::message::{
    MessageAttributes, check_attributes, check_body, digest_of_attributes, digest_of_body, size_bytes,
};
use super::queue::Queue;
use super::{Call, error};

/// The limit of a whole batch, whatever the queue's own for one message.
const MAX_BATCH_BYTES: usize = 1_048_576;

/// The one attribute of the system's that a sender may give.
const TRACE_HEADER: &str = "AWSTraceHeader";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessage {
    queue_url: String,
    #[serde(flatten)]
    message: Outgoing,
}

/// A message as its sender gives it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Outgoing {
    message_body: String,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: MessageAttributes,
    #[serde(default)]
    message_system_attributes: MessageAttributes,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

pub(super) fn send(call: &Call<'_>, request: SendMessage) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    put(call, &queue, request.message)
}

pub(super) fn send_batch(call: &Call<'_>, request: Batch<Outgoing>) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    batch::check(&request.entries)?;
    let bytes =
        request.entries.iter().map(|entry| size_bytes(&entry.of.message_body, &entry.of.message_attributes)).sum();
    if bytes > MAX_BATCH_BYTES {
        return Err(error::batch_too_long(bytes));
    }
    batch::for_each(request.entries, |message| put(call, &queue, message))
}

fn check(queue: &Queue, message: &Outgoing) -> Result<(), AwsError> {
    check_body(&message.message_body)?;
    check_attributes(&message.message_attributes)?;
    if message.message_system_attributes.keys().any(|name| name != TRACE_HEADER) {
        return Err(error::invalid_parameter("The only message system attribute that can be sent is AWSTraceHeader."));
    }
    let limit = queue.attributes.number(MAX_MESSAGE_BYTES);
    let size = size_bytes(&message.message_body, &message.message_attributes);
    if i64::try_from(size).is_ok_and(|size| size > limit) {
        return Err(error::invalid_parameter(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
        )));
    }
    if let Some(delay_s) = message.delay_seconds
        && !(0..=900).contains(&delay_s)
    {
        return Err(error::invalid_value("DelaySeconds", delay_s, "DelaySeconds must be >= 0 and <= 900."));
    }
    if let Some(group) = &message.message_group_id
        && (!(1..=128).contains(&group.len()) || !group.chars().all(|c| c.is_ascii_graphic()))
    {
        return Err(error::invalid_value(
            "MessageGroupId",
            group,
            "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
        ));
    }
    if message.message_deduplication_id.is_some() {
        return Err(error::invalid_parameter(
            "The request includes a parameter that is not valid for this queue type: MessageDeduplicationId.",
        ));
    }
    Ok(())
}

fn put(call: &Call<'_>, queue: &Queue, message: Outgoing) -> Result<Value, AwsError> {
    check(queue, &message)?;
    let id = uuid::Uuid::new_v4().to_string();
    let delay_s = message.delay_seconds.unwrap_or_else(|| queue.attributes.number(DELAY_S));
    let attributes = serde_json::to_string(&message.message_attributes)
        .map_err(|_| AwsError::internal("the attributes cannot be stored"))?;
    let trace_header = message.message_system_attributes.get(TRACE_HEADER).and_then(|value| value.as_str());
    call.db
        .prepare_cached(
            "INSERT INTO messages
                 (queue, id, body, attributes, trace_header, group_key, sent_ms, visible_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            queue.name,
            id,
            message.message_body,
            attributes,
            trace_header,
            message.message_group_id.unwrap_or_default(),
            call.now_ms,
            call.now_ms + delay_s * 1_000,
        ])?;
    call.announce(&queue.name);

    let mut answer = json!({
        "MessageId": id,
        "MD5OfMessageBody": digest_of_body(&message.message_body),
    });
    for (member, attributes) in [
        ("MD5OfMessageAttributes", &message.message_attributes),
        ("MD5OfMessageSystemAttributes", &message.message_system_attributes),
    ] {
        if let Some(digest) = digest_of_attributes(attributes) {
            answer[member] = json!(digest);
        }
    }
    Ok(answer)
}
