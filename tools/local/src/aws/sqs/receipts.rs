//! What a receiver does with a message it holds: delete it, or change how long it stays hidden.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::{OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::batch::{self, Batch};
use super::queue::Queue;
use super::{Call, error};

/// How long a message may stay hidden, counted from the receive: 12 hours.
pub(super) const MAX_VISIBILITY_S: i64 = 43_200;

/// Which receive of which message: every receive makes a new one, and the older ones are stale then.
pub(super) struct Receipt {
    message_id: String,
    nonce: String,
}

impl Receipt {
    /// A receipt for a receive that is just happening.
    pub(super) fn new(message_id: &str) -> Receipt {
        Receipt { message_id: message_id.to_owned(), nonce: uuid::Uuid::new_v4().simple().to_string() }
    }

    /// What is stored with the message while this receipt is its latest.
    pub(super) fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The handle that the receiver gets.
    pub(super) fn handle(&self) -> String {
        STANDARD.encode(format!("{} {}", self.message_id, self.nonce))
    }

    fn parse(handle: &str) -> Result<Receipt, AwsError> {
        STANDARD
            .decode(handle)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| {
                let (message_id, nonce) = text.split_once(' ')?;
                Some(Receipt { message_id: message_id.to_owned(), nonce: nonce.to_owned() })
            })
            .ok_or_else(error::receipt_handle_is_invalid)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteMessage {
    queue_url: String,
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteEntry {
    receipt_handle: String,
}

pub(super) fn delete(call: &Call<'_>, request: DeleteMessage) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    remove(call, &queue, &request.receipt_handle)
}

pub(super) fn delete_batch(call: &Call<'_>, request: Batch<DeleteEntry>) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    batch::check(&request.entries)?;
    batch::for_each(request.entries, |entry| remove(call, &queue, &entry.receipt_handle))
}

/// A stale receipt deletes nothing and is no error, as on AWS: the message belongs to its latest receiver.
fn remove(call: &Call<'_>, queue: &Queue, handle: &str) -> Result<Value, AwsError> {
    let receipt = Receipt::parse(handle)?;
    call.db.prepare_cached("DELETE FROM messages WHERE queue = ?1 AND id = ?2 AND receipt = ?3")?.execute(params![
        queue.name,
        receipt.message_id,
        receipt.nonce
    ])?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeVisibility {
    queue_url: String,
    receipt_handle: String,
    visibility_timeout: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VisibilityEntry {
    receipt_handle: String,
    // Optional in AWS's model of the entry, and zero where it is missing.
    #[serde(default)]
    visibility_timeout: i64,
}

pub(super) fn change_visibility(call: &Call<'_>, request: ChangeVisibility) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    hide(call, &queue, &request.receipt_handle, request.visibility_timeout)
}

pub(super) fn change_visibility_batch(call: &Call<'_>, request: Batch<VisibilityEntry>) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    batch::check(&request.entries)?;
    batch::for_each(request.entries, |entry| hide(call, &queue, &entry.receipt_handle, entry.visibility_timeout))
}

fn hide(call: &Call<'_>, queue: &Queue, handle: &str, timeout_s: i64) -> Result<Value, AwsError> {
    if !(0..=MAX_VISIBILITY_S).contains(&timeout_s) {
        return Err(error::invalid_value(
            "VisibilityTimeout",
            timeout_s,
            "VisibilityTimeout must be >= 0 and <= 43200.",
        ));
    }
    let receipt = Receipt::parse(handle)?;
    let held: Option<(i64, i64)> = call
        .db
        .prepare_cached(
            "SELECT visible_at_ms, received_ms FROM messages
             WHERE queue = ?1 AND id = ?2 AND receipt = ?3",
        )?
        .query_row(params![queue.name, receipt.message_id, receipt.nonce], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((visible_at_ms, received_ms)) = held else {
        return Err(error::invalid_value(
            "ReceiptHandle",
            "given",
            "Message does not exist or is not available for visibility timeout change.",
        ));
    };
    if visible_at_ms <= call.now_ms {
        return Err(error::message_not_inflight());
    }
    let until_ms = call.now_ms + timeout_s * 1_000;
    // In whole seconds, so that the full twelve hours can be had right after the receive.
    if (call.now_ms - received_ms) / 1_000 + timeout_s > MAX_VISIBILITY_S {
        return Err(error::invalid_value(
            "VisibilityTimeout",
            timeout_s,
            "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
        ));
    }
    call.db.prepare_cached("UPDATE messages SET visible_at_ms = ?3 WHERE queue = ?1 AND id = ?2")?.execute(params![
        queue.name,
        receipt.message_id,
        until_ms
    ])?;
    call.announce(&queue.name);
    Ok(json!({}))
}
