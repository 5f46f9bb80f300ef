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

/// The most messages of one answer.
const MAX_MESSAGES: i64 = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveMessage {
    queue_url: String,
    #[serde(default = "one")]
    max_number_of_messages: i64,
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

fn one() -> i64 {
    1
}

/// One look at the queue.
struct Look {
    messages: Vec<Value>,
    /// How long this caller waits for a first message, in seconds.
    wait_s: i64,
    /// When a hidden or delayed message shows itself.
    next_visible_ms: Option<i64>,
}

/// Answers with what there is, or waits as long as the caller or the queue wants.
pub(super) async fn receive(core: &Core, request: ReceiveMessage) -> Result<Value, AwsError> {
    check(&request)?;
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

fn check(request: &ReceiveMessage) -> Result<(), AwsError> {
    let limits = [
        ("MaxNumberOfMessages", Some(request.max_number_of_messages), 1, MAX_MESSAGES),
        ("WaitTimeSeconds", request.wait_time_seconds, 0, 20),
        ("VisibilityTimeout", request.visibility_timeout, 0, MAX_VISIBILITY_S),
    ];
    for (parameter, value, min, max) in limits {
        if let Some(value) = value
            && !(min..=max).contains(&value)
        {
            return Err(error::invalid_value(
                parameter,
                value,
                &format!("Must be between {min} and {max}, if provided."),
            ));
        }
    }
    Ok(())
}

fn look(call: &Call<'_>, request: &ReceiveMessage) -> Result<Look, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    queue.drop_expired(call)?;
    let visibility_s = request.visibility_timeout.unwrap_or_else(|| queue.attributes.number(VISIBILITY_S));
    let mut messages = Vec::new();
    // Dead letters make room for others, so one selection may not be enough.
    loop {
        let room = request.max_number_of_messages - i64::try_from(messages.len()).unwrap_or(0);
        let chosen = choose(call, &queue, room)?;
        if chosen.is_empty() {
            break;
        }
        for seq in chosen {
            if !dead_letters::move_if_received_too_often(call, &queue, seq)? {
                messages.push(hand_out(call, seq, visibility_s, request)?);
            }
        }
        // Handed out with no timeout, a message stays visible: another selection would take it twice.
        if visibility_s == 0 {
            break;
        }
    }
    let next_visible_ms = call
        .db
        .prepare_cached("SELECT min(visible_at_ms) FROM messages WHERE queue = ?1 AND visible_at_ms > ?2")?
        .query_row(params![queue.name, call.now_ms], |row| row.get(0))?;
    Ok(Look {
        messages,
        wait_s: request.wait_time_seconds.unwrap_or_else(|| queue.attributes.number(WAIT_S)),
        next_visible_ms,
    })
}

fn hand_out(call: &Call<'_>, seq: i64, visibility_s: i64, request: &ReceiveMessage) -> Result<Value, AwsError> {
    let id: String =
        call.db.prepare_cached("SELECT id FROM messages WHERE seq = ?1")?.query_row([seq], |row| row.get(0))?;
    let receipt = Receipt::new(&id);
    let row = call
        .db
        .prepare_cached(
            "UPDATE messages SET receipt = ?2, visible_at_ms = ?3, received_ms = ?4,
                 first_received_ms = coalesce(first_received_ms, ?4), receive_count = receive_count + 1
             WHERE seq = ?1
             RETURNING body, attributes, trace_header, group_key, sent_ms, first_received_ms,
                 receive_count, dead_letter_source",
        )?
        .query_row(
            params![seq, receipt.nonce(), call.now_ms + visibility_s * 1_000, call.now_ms],
            Received::from_row,
        )?;

    let mut attributes: MessageAttributes =
        serde_json::from_str(&row.attributes).map_err(|_| AwsError::internal("stored attributes cannot be read"))?;
    attributes.retain(|name, _| is_wanted(&request.message_attribute_names, name));
    let mut message = json!({
        "MessageId": id,
        "ReceiptHandle": receipt.handle(),
        "MD5OfBody": digest_of_body(&row.body),
        "Body": row.body,
    });
    if let Some(digest) = digest_of_attributes(&attributes) {
        message["MD5OfMessageAttributes"] = json!(digest);
        message["MessageAttributes"] = json!(attributes);
    }
    let system = row.system_attributes(request);
    if !system.is_empty() {
        message["Attributes"] = Value::Object(system);
    }
    Ok(message)
}

/// `All`, `.*`, a name, or the beginning of names followed by `.*`.
fn is_wanted(wanted: &[String], name: &str) -> bool {
    wanted.iter().any(|pattern| match pattern.strip_suffix(".*") {
        Some(start) => name.starts_with(start),
        None => pattern == "All" || pattern == name,
    })
}

/// A message as it is stored, just received.
struct Received {
    body: String,
    attributes: String,
    trace_header: Option<String>,
    group_key: String,
    sent_ms: i64,
    first_received_ms: i64,
    receive_count: i64,
    dead_letter_source: Option<String>,
}

impl Received {
    fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Received> {
        Ok(Received {
            body: row.get(0)?,
            attributes: row.get(1)?,
            trace_header: row.get(2)?,
            group_key: row.get(3)?,
            sent_ms: row.get(4)?,
            first_received_ms: row.get(5)?,
            receive_count: row.get(6)?,
            dead_letter_source: row.get(7)?,
        })
    }

    fn system_attributes(&self, request: &ReceiveMessage) -> Map<String, Value> {
        let wanted = |name: &str| {
            [&request.message_system_attribute_names, &request.attribute_names]
                .into_iter()
                .flatten()
                .any(|asked| asked == "All" || asked == name)
        };
        let group = Some(&self.group_key).filter(|group| !group.is_empty());
        let every = [
            ("SenderId", Some(ACCOUNT_ID.to_owned())),
            ("SentTimestamp", Some(self.sent_ms.to_string())),
            ("ApproximateFirstReceiveTimestamp", Some(self.first_received_ms.to_string())),
            ("ApproximateReceiveCount", Some(self.receive_count.to_string())),
            ("MessageGroupId", group.cloned()),
            ("AWSTraceHeader", self.trace_header.clone()),
            ("DeadLetterQueueSourceArn", self.dead_letter_source.clone()),
        ];
        every
            .into_iter()
            .filter(|(name, _)| wanted(name))
            .filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))))
            .collect()
    }
}
