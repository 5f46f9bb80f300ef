//! Queues as a whole: made, found, described, emptied, deleted.

use std::collections::BTreeMap;

use rusqlite::params;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::attributes::{Attributes, COMPUTED, is_known};
use super::queue::Queue;
use super::{Call, error, tags};

/// AWS purges a queue at most this often.
const PURGE_INTERVAL_MS: i64 = 60_000;

/// A page of `ListQueues`, as large as AWS's.
const MAX_LISTED: usize = 1_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateQueue {
    queue_name: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    // The one member that AWS spells in lower case; clients differ.
    #[serde(default, alias = "tags")]
    tags: BTreeMap<String, String>,
}

pub(super) fn create(call: &Call<'_>, request: CreateQueue) -> Result<Value, AwsError> {
    let name = request.queue_name;
    if name.ends_with(".fifo") {
        return Err(error::unsupported("the local SQS has no FIFO queues"));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !(1..=80).contains(&name.len()) || !name.chars().all(allowed) {
        return Err(error::invalid_parameter(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        ));
    }
    let mut attributes = Attributes::default();
    attributes.set(request.attributes)?;
    check_dead_letter_target(call, &attributes)?;

    if let Some(queue) = Queue::named(call, &name)? {
        return match queue.attributes.differing(&attributes) {
            Some(attribute) => Err(error::queue_name_exists(&attribute)),
            None => Ok(json!({ "QueueUrl": queue.url(call) })),
        };
    }
    let queue = Queue { name, attributes, created_ms: call.now_ms, modified_ms: call.now_ms, purged_ms: None };
    queue.insert(call)?;
    tags::put(call, &queue.name, &request.tags)?;
    Ok(json!({ "QueueUrl": queue.url(call) }))
}

fn check_dead_letter_target(call: &Call<'_>, attributes: &Attributes) -> Result<(), AwsError> {
    let Some(policy) = attributes.redrive_policy() else {
        return Ok(());
    };
    match Queue::with_arn(call, &policy.dead_letter_target_arn)? {
        Some(_) => Ok(()),
        None => Err(error::invalid_value(
            "RedrivePolicy",
            &policy.dead_letter_target_arn,
            "Dead letter target does not exist.",
        )),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueUrl {
    queue_name: String,
}

pub(super) fn get_url(call: &Call<'_>, request: GetQueueUrl) -> Result<Value, AwsError> {
    let queue = Queue::named(call, &request.queue_name)?.ok_or_else(error::queue_does_not_exist)?;
    Ok(json!({ "QueueUrl": queue.url(call) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListQueues {
    #[serde(default)]
    queue_name_prefix: String,
    max_results: Option<usize>,
    /// The name of the last queue of the page before.
    next_token: Option<String>,
}

pub(super) fn list(call: &Call<'_>, request: ListQueues) -> Result<Value, AwsError> {
    let page = request.max_results.unwrap_or(MAX_LISTED);
    if !(1..=MAX_LISTED).contains(&page) {
        return Err(error::invalid_value("MaxResults", page, "Must be between 1 and 1000."));
    }
    let mut queues = Queue::all(call)?;
    queues.retain(|queue| {
        queue.name.starts_with(&request.queue_name_prefix)
            && request.next_token.as_ref().is_none_or(|last| queue.name > *last)
    });
    let more = queues.len() > page;
    queues.truncate(page);
    let urls: Vec<_> = queues.iter().map(|queue| queue.url(call)).collect();
    let mut answer = json!({ "QueueUrls": urls });
    // AWS pages only for callers who asked for pages.
    if let (true, Some(last), Some(_)) = (more, queues.last(), request.max_results) {
        answer["NextToken"] = json!(last.name);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneQueue {
    queue_url: String,
}

pub(super) fn delete(call: &Call<'_>, request: OneQueue) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    for statement in [
        "DELETE FROM messages WHERE queue = ?1",
        "DELETE FROM tags WHERE queue = ?1",
        "DELETE FROM queues WHERE name = ?1",
    ] {
        call.db.execute(statement, [&queue.name])?;
    }
    // Whoever waits for a message is told at once that there is no queue any more.
    call.announce(&queue.name);
    Ok(json!({}))
}

pub(super) fn purge(call: &Call<'_>, request: OneQueue) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    if queue.purged_ms.is_some_and(|purged_ms| call.now_ms < purged_ms + PURGE_INTERVAL_MS) {
        return Err(error::purge_in_progress(&queue.name));
    }
    call.db.execute("DELETE FROM messages WHERE queue = ?1", [&queue.name])?;
    call.db.execute("UPDATE queues SET purged_ms = ?2 WHERE name = ?1", params![queue.name, call.now_ms])?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueAttributes {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

pub(super) fn get_attributes(call: &Call<'_>, request: GetQueueAttributes) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    if let Some(name) = request.attribute_names.iter().find(|name| !is_known(name)) {
        return Err(error::unknown_attribute(name));
    }
    queue.drop_expired(call)?;
    let asked_for = &request.attribute_names;
    let everything = asked_for.iter().any(|name| name == "All");
    let mut all = queue.attributes.all();
    all.extend(computed(call, &queue)?);
    all.retain(|name, _| everything || asked_for.contains(name));
    if all.is_empty() {
        return Ok(json!({}));
    }
    Ok(json!({ "Attributes": all }))
}

fn computed(call: &Call<'_>, queue: &Queue) -> Result<Vec<(String, String)>, AwsError> {
    let (visible, in_flight, delayed): (i64, i64, i64) = call
        .db
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE visible_at_ms <= ?2),
                    count(*) FILTER (WHERE visible_at_ms > ?2 AND receipt IS NOT NULL),
                    count(*) FILTER (WHERE visible_at_ms > ?2 AND receipt IS NULL)
             FROM messages WHERE queue = ?1",
        )?
        .query_row(params![queue.name, call.now_ms], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let values = [
        queue.arn(),
        visible.to_string(),
        in_flight.to_string(),
        delayed.to_string(),
        (queue.created_ms / 1_000).to_string(),
        (queue.modified_ms / 1_000).to_string(),
    ];
    Ok(COMPUTED.map(str::to_owned).into_iter().zip(values).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetQueueAttributes {
    queue_url: String,
    attributes: BTreeMap<String, String>,
}

pub(super) fn set_attributes(call: &Call<'_>, request: SetQueueAttributes) -> Result<Value, AwsError> {
    let mut queue = Queue::at(call, &request.queue_url)?;
    queue.attributes.set(request.attributes)?;
    check_dead_letter_target(call, &queue.attributes)?;
    queue.store_attributes(call)?;
    Ok(json!({}))
}
