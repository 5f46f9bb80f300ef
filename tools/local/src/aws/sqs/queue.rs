//! A queue as it is stored, and how callers name it: by name, URL or ARN.

use rusqlite::{OptionalExtension, Row, params};

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
    pub(super) purged_ms: Option<i64>,
}

impl Queue {
    /// The queue at a URL. Its last segment counts: an address of another port or run is good too.
    ///
    /// # Errors
    /// `QueueDoesNotExist`.
    pub(super) fn at(call: &Call<'_>, url: &str) -> Result<Queue, AwsError> {
        let name = name_in_url(url)?;
        Queue::named(call, name)?.ok_or_else(error::queue_does_not_exist)
    }

    /// The queue of that name, if there is one.
    pub(super) fn named(call: &Call<'_>, name: &str) -> Result<Option<Queue>, AwsError> {
        let queue = call
            .db
            .prepare_cached("SELECT name, attributes, created_ms, modified_ms, purged_ms FROM queues WHERE name = ?1")?
            .query_row([name], Queue::from_row)
            .optional()?;
        Ok(queue)
    }

    /// The queue with that ARN, if it is one of ours.
    pub(super) fn with_arn(call: &Call<'_>, arn: &str) -> Result<Option<Queue>, AwsError> {
        match name_in_arn(arn) {
            Some(name) => Queue::named(call, name),
            None => Ok(None),
        }
    }

    /// Every queue, by name.
    pub(super) fn all(call: &Call<'_>) -> Result<Vec<Queue>, AwsError> {
        let queues = call
            .db
            .prepare_cached("SELECT name, attributes, created_ms, modified_ms, purged_ms FROM queues ORDER BY name")?
            .query_map([], Queue::from_row)?
            .collect::<Result<_, _>>()?;
        Ok(queues)
    }

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Queue> {
        let attributes: String = row.get(1)?;
        Ok(Queue {
            name: row.get(0)?,
            attributes: serde_json::from_str(&attributes).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, error.into())
            })?,
            created_ms: row.get(2)?,
            modified_ms: row.get(3)?,
            purged_ms: row.get(4)?,
        })
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
        call.db
            .prepare_cached("DELETE FROM messages WHERE queue = ?1 AND sent_ms <= ?2")?
            .execute(params![self.name, kept_since_ms])?;
        Ok(())
    }

    /// Stores a new queue.
    pub(super) fn insert(&self, call: &Call<'_>) -> Result<(), AwsError> {
        call.db.execute(
            "INSERT INTO queues (name, attributes, created_ms, modified_ms) VALUES (?1, ?2, ?3, ?3)",
            params![self.name, to_json(&self.attributes)?, self.created_ms],
        )?;
        Ok(())
    }

    /// Stores changed attributes.
    pub(super) fn store_attributes(&self, call: &Call<'_>) -> Result<(), AwsError> {
        call.db.execute(
            "UPDATE queues SET attributes = ?2, modified_ms = ?3 WHERE name = ?1",
            params![self.name, to_json(&self.attributes)?, call.now_ms],
        )?;
        Ok(())
    }
}

fn to_json(attributes: &Attributes) -> Result<String, AwsError> {
    serde_json::to_string(attributes).map_err(|_| AwsError::internal("the attributes cannot be stored"))
}

/// The ARN of a queue of this account.
pub(super) fn arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}")
}

fn name_in_arn(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:aws:sqs:")?
        .strip_prefix(REGION)?
        .strip_prefix(':')?
        .strip_prefix(ACCOUNT_ID)?
        .strip_prefix(':')
}

/// The queue's name in its URL.
///
/// # Errors
/// `QueueDoesNotExist`, as AWS says of any address that is no queue's.
pub(super) fn name_in_url(url: &str) -> Result<&str, AwsError> {
    let (before, name) = url.rsplit_once('/').ok_or_else(error::queue_does_not_exist)?;
    if before.ends_with(ACCOUNT_ID) && !name.is_empty() { Ok(name) } else { Err(error::queue_does_not_exist()) }
}
