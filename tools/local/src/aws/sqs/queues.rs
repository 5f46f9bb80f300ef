//! Queues as a whole: create, find, describe, purge, delete.

use std::collections::BTreeMap;

use rusqlite::params;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::attributes::{Attributes, COMPUTED, REDRIVE_POLICY, is_known};
use super::queue::Queue;
use super::{Call, error};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateQueue {
    queue_name: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

pub(super) fn create(call: &Call<'_>, request: CreateQueue) -> Result<Value, AwsError> {
    let name = request.queue_name;
    if name.ends_with(".fifo") {
        return Err(error::sqs("UnsupportedOperation", "the local SQS has no FIFO queues"));
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
            Some(attribute) => Err(error::sqs(
                "QueueNameExists",
                format!("A queue already exists with the same name and a different value for attribute {attribute}"),
            )),
            None => Ok(json!({ "QueueUrl": queue.url(call) })),
        };
    }
    let queue = Queue { name, attributes, created_ms: call.now_ms, modified_ms: call.now_ms };
    queue.store(call)?;
    Ok(json!({ "QueueUrl": queue.url(call) }))
}

fn check_dead_letter_target(call: &Call<'_>, attributes: &Attributes) -> Result<(), AwsError> {
    let Some(policy) = attributes.redrive_policy() else {
        return Ok(());
    };
    match Queue::with_arn(call, &policy.dead_letter_target_arn)? {
        Some(_) => Ok(()),
        None => {
            let target = &policy.dead_letter_target_arn;
            Err(error::invalid_value(REDRIVE_POLICY, target, "Dead letter target does not exist."))
        }
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
}

/// All on one page.
pub(super) fn list(call: &Call<'_>, request: ListQueues) -> Result<Value, AwsError> {
    let mut queues = Queue::all(call)?;
    queues.retain(|queue| queue.name.starts_with(&request.queue_name_prefix));
    let urls: Vec<_> = queues.iter().map(|queue| queue.url(call)).collect();
    Ok(json!({ "QueueUrls": urls }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneQueue {
    queue_url: String,
}

pub(super) fn delete(call: &Call<'_>, request: OneQueue) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    call.db.execute("DELETE FROM messages WHERE queue = ?1", [&queue.name])?;
    call.db.execute("DELETE FROM queues WHERE name = ?1", [&queue.name])?;
    // A waiting receiver gets its error at once.
    call.announce(&queue.name);
    Ok(json!({}))
}

pub(super) fn purge(call: &Call<'_>, request: OneQueue) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    call.db.execute("DELETE FROM messages WHERE queue = ?1", [&queue.name])?;
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
    let requested = &request.attribute_names;
    if let Some(name) = requested.iter().find(|name| !is_known(name)) {
        return Err(error::unknown_attribute(name));
    }
    queue.drop_expired(call)?;
    let everything = requested.iter().any(|name| name == "All");
    let mut all = queue.attributes.all();
    all.extend(computed(call, &queue)?);
    all.retain(|name, _| everything || requested.contains(name));
    Ok(json!({ "Attributes": Some(all).filter(|all| !all.is_empty()) }))
}

fn computed(call: &Call<'_>, queue: &Queue) -> Result<Vec<(String, String)>, AwsError> {
    let (visible, in_flight, delayed): (i64, i64, i64) = call.db.one(
        "SELECT count(*) FILTER (WHERE visible_at_ms <= ?2),
                count(*) FILTER (WHERE visible_at_ms > ?2 AND receipt IS NOT NULL),
                count(*) FILTER (WHERE visible_at_ms > ?2 AND receipt IS NULL)
         FROM messages WHERE queue = ?1",
        params![queue.name, call.now_ms],
    )?;
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
    queue.store(call)?;
    Ok(json!({}))
}
