//! A queue's tags.

use std::collections::BTreeMap;

use rusqlite::params;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::Call;
use super::queue::Queue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagQueue {
    queue_url: String,
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagQueue {
    queue_url: String,
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListQueueTags {
    queue_url: String,
}

pub(super) fn tag(call: &Call<'_>, request: TagQueue) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    put(call, &queue.name, &request.tags)?;
    Ok(json!({}))
}

/// Adds the tags, in place of those with the same keys.
pub(super) fn put(call: &Call<'_>, queue: &str, tags: &BTreeMap<String, String>) -> Result<(), AwsError> {
    for (key, value) in tags {
        call.db.execute(
            "INSERT OR REPLACE INTO tags (queue, key, value) VALUES (?1, ?2, ?3)",
            params![queue, key, value],
        )?;
    }
    Ok(())
}

pub(super) fn untag(call: &Call<'_>, request: UntagQueue) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    for key in &request.tag_keys {
        call.db.execute("DELETE FROM tags WHERE queue = ?1 AND key = ?2", params![queue.name, key])?;
    }
    Ok(json!({}))
}

pub(super) fn list(call: &Call<'_>, request: ListQueueTags) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    let tags = call
        .db
        .prepare_cached("SELECT key, value FROM tags WHERE queue = ?1")?
        .query_map([&queue.name], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<BTreeMap<String, String>, _>>()?;
    Ok(json!({ "Tags": tags }))
}
