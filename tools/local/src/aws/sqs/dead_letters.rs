//! The redrive policy: when a message moves to the dead-letter queue.

use rusqlite::params;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::Call;
use super::queue::Queue;

/// Moves the message to the dead-letter queue where one more receive would exceed the policy. True where it moved.
///
/// It keeps its id, its age (by which AWS counts its retention) and its receive count. Where the dead-letter queue is
/// gone it stays.
pub(super) fn move_if_received_too_often(call: &Call<'_>, queue: &Queue, seq: i64) -> Result<bool, AwsError> {
    let Some(policy) = queue.attributes.redrive_policy() else {
        return Ok(false);
    };
    let received: i64 = call
        .db
        .prepare_cached("SELECT receive_count FROM messages WHERE seq = ?1")?
        .query_row([seq], |row| row.get(0))?;
    if received < policy.max_receive_count {
        return Ok(false);
    }
    let target = Queue::with_arn(call, &policy.dead_letter_target_arn)?;
    // A queue that is its own dead-letter queue would move the message for ever.
    let Some(target) = target.filter(|target| target.name != queue.name) else {
        return Ok(false);
    };
    call.db
        .prepare_cached(
            "UPDATE messages SET queue = ?2, dead_letter_source = ?3, visible_at_ms = ?4,
                 receipt = NULL, received_ms = NULL
             WHERE seq = ?1",
        )?
        .execute(params![seq, target.name, queue.arn(), call.now_ms])?;
    call.announce(&target.name);
    Ok(true)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListSources {
    queue_url: String,
}

/// The queues whose dead letters go to that queue.
pub(super) fn sources_of(call: &Call<'_>, dead_letter_arn: &str) -> Result<Vec<Queue>, AwsError> {
    let mut queues = Queue::all(call)?;
    queues.retain(|queue| {
        queue.attributes.redrive_policy().is_some_and(|policy| policy.dead_letter_target_arn == dead_letter_arn)
    });
    Ok(queues)
}

pub(super) fn list_sources(call: &Call<'_>, request: ListSources) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    let urls: Vec<_> = sources_of(call, &queue.arn())?.iter().map(|source| source.url(call)).collect();
    // AWS spells this one member in lower case.
    Ok(json!({ "queueUrls": urls }))
}
