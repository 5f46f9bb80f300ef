//! A queue as it is stored, and how callers name it: by name, URL or ARN.

use rusqlite::{Row, params};
use serde_json::json;

use super::super::wire::AwsError;
use super::super::{ACCOUNT_ID, REGION};
use super::attributes::{Attributes, RETENTION_S};
use super::{Call, error};

/// A queue as it is stored.
pub(super) struct Queue {
    pub(super) name: String,
    pub(super) attributes: Attributes,
    pub(super) created_ms: i64,
    pub(super) modified_ms: i64,
}

impl Queue {
    /// The queue at a URL. Only its last segment counts: the address of another port or run will do.
    ///
    /// # Errors
    /// `QueueDoesNotExist`.
    pub(super) fn at(call: &Call<'_>, url: &str) -> Result<Queue, AwsError> {
        let name = name_in_url(url)?;
        Queue::named(call, name)?.ok_or_else(error::queue_does_not_exist)
    }

    /// The queue of that name, if there is one.
    pub(super) fn named(call: &Call<'_>, name: &str) -> Result<Option<Queue>, AwsError> {
        let columns = "SELECT name, attributes, created_ms, modified_ms FROM queues WHERE name = ?1";
        Ok(call.db.first(columns, [name])?)
    }

    /// The queue with that ARN, if it is one of ours.
    pub(super) fn with_arn(call: &Call<'_>, queue_arn: &str) -> Result<Option<Queue>, AwsError> {
        match queue_arn.strip_prefix(&arn("")) {
            Some(name) => Queue::named(call, name),
            None => Ok(None),
        }
    }

    /// Every queue, by name.
    pub(super) fn all(call: &Call<'_>) -> Result<Vec<Queue>, AwsError> {
        Ok(call.db.all("SELECT name, attributes, created_ms, modified_ms FROM queues ORDER BY name", [])?)
    }

    pub(super) fn url(&self, call: &Call<'_>) -> String {
        format!("{}/{ACCOUNT_ID}/{}", call.endpoint_url, self.name)
    }

    pub(super) fn arn(&self) -> String {
        arn(&self.name)
    }

    /// Removes what is older than the queue keeps messages.
    pub(super) fn drop_expired(&self, call: &Call<'_>) -> Result<(), AwsError> {
        let kept_since_ms = call.now_ms - self.attributes.number(RETENTION_S) * 1_000;
        let expired = "DELETE FROM messages WHERE queue = ?1 AND sent_ms <= ?2";
        call.db.execute(expired, params![self.name, kept_since_ms])?;
        Ok(())
    }

    /// Stores a new queue, or the changed attributes of an old one.
    pub(super) fn store(&self, call: &Call<'_>) -> Result<(), AwsError> {
        call.db.execute(
            "INSERT INTO queues (name, attributes, created_ms, modified_ms) VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT DO UPDATE SET attributes = ?2, modified_ms = ?3",
            params![self.name, json!(self.attributes).to_string(), call.now_ms],
        )?;
        Ok(())
    }
}

impl<'a> TryFrom<&'a Row<'a>> for Queue {
    type Error = rusqlite::Error;

    fn try_from(row: &'a Row<'a>) -> rusqlite::Result<Queue> {
        let attributes: String = row.get(1)?;
        Ok(Queue {
            name: row.get(0)?,
            attributes: serde_json::from_str(&attributes).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, error.into())
            })?,
            created_ms: row.get(2)?,
            modified_ms: row.get(3)?,
        })
    }
}

/// The ARN of a queue of this account.
pub(super) fn arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}")
}

/// The queue's name in its URL.
///
/// # Errors
/// `QueueDoesNotExist`, as on AWS for any address that is no queue's.
pub(super) fn name_in_url(url: &str) -> Result<&str, AwsError> {
    let (before, name) = url.rsplit_once('/').ok_or_else(error::queue_does_not_exist)?;
    if before.ends_with(ACCOUNT_ID) && !name.is_empty() { Ok(name) } else { Err(error::queue_does_not_exist()) }
}
