//! What a receiver does with a message in flight: delete it, or change how long it stays hidden.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::params;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::queue::Queue;
use super::{Call, error};

/// How long a message may stay hidden, counted from the receive: 12 hours.
pub(super) const MAX_VISIBILITY_S: i64 = 43_200;

/// Identifies one receive of one message. Every receive creates a new receipt, and the older ones are stale then.
pub(super) struct Receipt {
    message_id: String,
    nonce: String,
}

impl Receipt {
    /// The receipt of a new receive.
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
        let decoded = STANDARD.decode(handle).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let parts = decoded.as_deref().and_then(|text| text.split_once(' '));
        let (message_id, nonce) = parts.ok_or_else(|| {
            error::sqs("ReceiptHandleIsInvalid", "The input receipt handle is not a valid receipt handle.")
        })?;
        Ok(Receipt { message_id: message_id.to_owned(), nonce: nonce.to_owned() })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Delete {
    receipt_handle: String,
}

/// A stale receipt deletes nothing and is no error, as on AWS: the message belongs to its latest receiver.
pub(super) fn delete(call: &Call<'_>, queue: &Queue, request: Delete) -> Result<Value, AwsError> {
    let Receipt { message_id, nonce } = Receipt::parse(&request.receipt_handle)?;
    call.db.execute(
        "DELETE FROM messages WHERE queue = ?1 AND id = ?2 AND receipt = ?3",
        params![queue.name, message_id, nonce],
    )?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeVisibility {
    receipt_handle: String,
    // Optional in a batch's entry, where it is zero if it is missing.
    #[serde(default)]
    visibility_timeout: i64,
}

pub(super) fn change_visibility(call: &Call<'_>, queue: &Queue, request: ChangeVisibility) -> Result<Value, AwsError> {
    let timeout_s = request.visibility_timeout;
    error::check_range("VisibilityTimeout", Some(timeout_s), 0, MAX_VISIBILITY_S)?;
    let Receipt { message_id, nonce } = Receipt::parse(&request.receipt_handle)?;
    let in_flight = call.db.first::<(i64, i64)>(
        "SELECT visible_at_ms, received_ms FROM messages WHERE queue = ?1 AND id = ?2 AND receipt = ?3",
        params![queue.name, message_id, nonce],
    )?;
    let Some((visible_at_ms, received_ms)) = in_flight else {
        let reason = "Message does not exist or is not available for visibility timeout change.";
        return Err(error::invalid_value("ReceiptHandle", "given", reason));
    };
    if visible_at_ms <= call.now_ms {
        return Err(error::sqs("MessageNotInflight", "The message referred to is not in flight."));
    }
    // In whole seconds, so that the full twelve hours are available right after the receive.
    if (call.now_ms - received_ms) / 1_000 + timeout_s > MAX_VISIBILITY_S {
        let reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";
        return Err(error::invalid_value("VisibilityTimeout", timeout_s, reason));
    }
    call.db.execute(
        "UPDATE messages SET visible_at_ms = ?3 WHERE queue = ?1 AND id = ?2",
        params![queue.name, message_id, call.now_ms + timeout_s * 1_000],
    )?;
    call.announce(&queue.name);
    Ok(json!({}))
}
