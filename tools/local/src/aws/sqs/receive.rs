//! Receiving: long polling, fairness between groups, receive counts, and the move to the dead-letter queue.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::params;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::super::ACCOUNT_ID;
use super::super::wire::AwsError;
use super::attributes::{VISIBILITY_S, WAIT_S};
use super::fairness::choose;
use super::message::{MessageAttributes, digest_of_attributes, digest_of_body};
use super::queue::{Queue, name_in_url};
use super::receipts::{MAX_VISIBILITY_S, Receipt};
use super::{Call, Core, dead_letters, error};

/// The most messages of one response.
const MAX_MESSAGES: i64 = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveMessage {
    queue_url: String,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    /// The older name of the same.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

/// The state of the queue for one receiver.
struct Look {
    messages: Vec<Value>,
    /// How long this caller waits for a first message, in seconds.
    wait_s: i64,
    /// When a hidden or delayed message becomes visible.
    next_visible_ms: Option<i64>,
}

/// Returns what there is, or waits as long as the caller or the queue wants.
pub(super) async fn receive(core: &Core, request: ReceiveMessage) -> Result<Value, AwsError> {
    error::check_range("MaxNumberOfMessages", request.max_number_of_messages, 1, MAX_MESSAGES)?;
    error::check_range("WaitTimeSeconds", request.wait_time_seconds, 0, 20)?;
    error::check_range("VisibilityTimeout", request.visibility_timeout, 0, MAX_VISIBILITY_S)?;
    let mut bell = core.wakers.listen(name_in_url(&request.queue_url)?);
    let request = Arc::new(request);
    let started = Instant::now();
    loop {
        bell.mark_unchanged();
        let this_look = Arc::clone(&request);
        let look = core.transact(move |call| look(call, &this_look)).await?;
        if !look.messages.is_empty() {
            return Ok(json!({ "Messages": look.messages }));
        }
        let wait = Duration::from_secs(u64::try_from(look.wait_s).unwrap_or(0));
        let left = wait.saturating_sub(started.elapsed());
        if left.is_zero() {
            // No empty list: AWS leaves the member out.
            return Ok(json!({}));
        }
        let until_visible = look.next_visible_ms.map_or(left, |at_ms| {
            let in_ms = at_ms.saturating_sub(core.clock.now_ms()).max(1);
            Duration::from_millis(u64::try_from(in_ms).unwrap_or(1))
        });
        // Whatever ends the wait, the next look decides.
        let _ = tokio::time::timeout(left.min(until_visible), bell.changed()).await;
    }
}

fn look(call: &Call<'_>, request: &ReceiveMessage) -> Result<Look, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    queue.drop_expired(call)?;
    let visibility_s = request.visibility_timeout.unwrap_or_else(|| queue.attributes.number(VISIBILITY_S));
    let mut messages = Vec::new();
    // Dead letters make room for others, so one selection may not be enough.
    loop {
        let most = request.max_number_of_messages.unwrap_or(1);
        let room = most - i64::try_from(messages.len()).unwrap_or(0);
        let chosen = choose(call, &queue, room)?;
        if chosen.is_empty() {
            break;
        }
        for seq in chosen {
            if !dead_letters::move_if_received_too_often(call, &queue, seq)? {
                messages.push(deliver(call, seq, visibility_s, request)?);
            }
        }
        // Delivered with no timeout, a message stays visible: another selection would take it twice.
        if visibility_s == 0 {
            break;
        }
    }
    let (next_visible_ms,) = call.db.one(
        "SELECT min(visible_at_ms) FROM messages WHERE queue = ?1 AND visible_at_ms > ?2",
        params![queue.name, call.now_ms],
    )?;
    let wait_s = request.wait_time_seconds.unwrap_or_else(|| queue.attributes.number(WAIT_S));
    Ok(Look { messages, wait_s, next_visible_ms })
}

type Received = (String, String, String, i64, i64, i64, Option<String>);

fn deliver(call: &Call<'_>, seq: i64, visibility_s: i64, request: &ReceiveMessage) -> Result<Value, AwsError> {
    let (id,): (String,) = call.db.one("SELECT id FROM messages WHERE seq = ?1", [seq])?;
    let receipt = Receipt::new(&id);
    let (body, attributes, group_key, sent_ms, first_received_ms, receive_count, source) = call.db.one::<Received>(
        "UPDATE messages SET receipt = ?2, visible_at_ms = ?3, received_ms = ?4,
             first_received_ms = coalesce(first_received_ms, ?4), receive_count = receive_count + 1
         WHERE seq = ?1
         RETURNING body, attributes, group_key, sent_ms, first_received_ms, receive_count, dead_letter_source",
        params![seq, receipt.nonce(), call.now_ms + visibility_s * 1_000, call.now_ms],
    )?;
    let mut attributes: MessageAttributes =
        serde_json::from_str(&attributes).map_err(|_| AwsError::internal("stored attributes cannot be read"))?;
    attributes.retain(|name, _| is_requested(&request.message_attribute_names, name));
    let requested = [&*request.message_system_attribute_names, &request.attribute_names].concat();
    let system: Map<String, Value> = [
        ("SenderId", Some(ACCOUNT_ID.to_owned())),
        ("SentTimestamp", Some(sent_ms.to_string())),
        ("ApproximateFirstReceiveTimestamp", Some(first_received_ms.to_string())),
        ("ApproximateReceiveCount", Some(receive_count.to_string())),
        ("MessageGroupId", Some(group_key).filter(|group| !group.is_empty())),
        ("DeadLetterQueueSourceArn", source),
    ]
    .into_iter()
    .filter(|(name, _)| requested.iter().any(|request| request == "All" || request == name))
    .filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))))
    .collect();
    Ok(json!({
        "MessageId": id,
        "ReceiptHandle": receipt.handle(),
        "MD5OfBody": digest_of_body(&body),
        "Body": body,
        "MD5OfMessageAttributes": digest_of_attributes(&attributes),
        "MessageAttributes": Some(attributes).filter(|attributes| !attributes.is_empty()),
        "Attributes": Some(system).filter(|system| !system.is_empty()),
    }))
}

/// `All`, `.*`, a name, or the beginning of names followed by `.*`.
fn is_requested(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix(".*") {
        Some(start) => name.starts_with(start),
        None => pattern == "All" || pattern == name,
    })
}
