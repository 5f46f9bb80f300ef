//! To the dead-letter queue, and back: the redrive policy and message move tasks.

use std::time::Duration;

use rusqlite::{OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::queues::{Queue, arn};
use super::{Call, Core, error};

/// Messages moved in one transaction where no rate is set. AWS's highest rate a second.
const MAX_PER_SECOND: i64 = 500;

/// Moves the message to the dead-letter queue where one more receive would exceed the policy. True where it moved.
///
/// It keeps its id, its age and its receive count, as on AWS. Where the dead-letter queue is gone it stays.
pub(super) fn move_if_received_too_often(
    call: &Call<'_>,
    queue: &Queue,
    seq: i64,
) -> Result<bool, AwsError> {
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

fn sources_of(call: &Call<'_>, dead_letter_arn: &str) -> Result<Vec<Queue>, AwsError> {
    let mut queues = Queue::all(call)?;
    queues.retain(|queue| {
        queue
            .attributes
            .redrive_policy()
            .is_some_and(|policy| policy.dead_letter_target_arn == dead_letter_arn)
    });
    Ok(queues)
}

pub(super) fn list_sources(call: &Call<'_>, request: ListSources) -> Result<Value, AwsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    let urls: Vec<_> = sources_of(call, &queue.arn())?
        .iter()
        .map(|source| source.url(call))
        .collect();
    // AWS spells this one member in lower case.
    Ok(json!({ "queueUrls": urls }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartMove {
    source_arn: String,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

pub(super) fn start(call: &Call<'_>, request: StartMove) -> Result<Value, AwsError> {
    let no_such_queue =
        || error::resource_not_found("The resource that you specified for the ARN doesn't exist.");
    let source = Queue::with_arn(call, &request.source_arn)?.ok_or_else(no_such_queue)?;
    let destination = match &request.destination_arn {
        Some(arn) => Some(Queue::with_arn(call, arn)?.ok_or_else(no_such_queue)?),
        None => None,
    };
    if sources_of(call, &request.source_arn)?.is_empty() {
        return Err(error::invalid_parameter(
            "Source queue must be configured as a Dead Letter Queue.",
        ));
    }
    if let Some(rate) = request.max_number_of_messages_per_second
        && !(1..=MAX_PER_SECOND).contains(&rate)
    {
        return Err(error::invalid_value(
            "MaxNumberOfMessagesPerSecond",
            rate,
            "Must be between 1 and 500.",
        ));
    }
    let busy: i64 = call.db.query_row(
        "SELECT count(*) FROM move_tasks WHERE source = ?1 AND status = 'RUNNING'",
        [&source.name],
        |row| row.get(0),
    )?;
    if busy > 0 {
        return Err(error::unsupported(
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        ));
    }
    let handle = uuid::Uuid::new_v4().to_string();
    // Only what is there now is moved: a message that fails again does not go round in the same task.
    call.db.execute(
        "INSERT INTO move_tasks (handle, source, destination, per_second, status, to_move, started_ms, last_seq)
         SELECT ?1, ?2, ?3, ?4, 'RUNNING',
             (SELECT count(*) FROM messages WHERE queue = ?2 AND visible_at_ms <= ?5), ?5,
             (SELECT coalesce(max(seq), 0) FROM messages)",
        params![
            handle,
            source.name,
            destination.map(|queue| queue.name),
            request.max_number_of_messages_per_second,
            call.now_ms,
        ],
    )?;
    Ok(json!({ "TaskHandle": handle }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListMoves {
    source_arn: String,
    #[serde(default = "one")]
    max_results: i64,
}

fn one() -> i64 {
    1
}

pub(super) fn list(call: &Call<'_>, request: ListMoves) -> Result<Value, AwsError> {
    let source = Queue::with_arn(call, &request.source_arn)?.ok_or_else(|| {
        error::resource_not_found(
            "The resource that you specified for the SourceArn doesn't exist.",
        )
    })?;
    if !(1..=10).contains(&request.max_results) {
        return Err(error::invalid_value(
            "MaxResults",
            request.max_results,
            "Must be between 1 and 10.",
        ));
    }
    let results = call
        .db
        .prepare_cached(
            "SELECT handle, status, destination, per_second, moved, to_move, failure, started_ms
             FROM move_tasks WHERE source = ?1 ORDER BY started_ms DESC, rowid DESC LIMIT ?2",
        )?
        .query_map(params![source.name, request.max_results], |row| {
            let status: String = row.get(1)?;
            let handle: String = row.get(0)?;
            let destination: Option<String> = row.get(2)?;
            let members = [
                // A handle is good for cancelling only, so it is shown while there is something to cancel.
                ("TaskHandle", (status == "RUNNING").then(|| json!(handle))),
                ("Status", Some(json!(status))),
                ("SourceArn", Some(json!(source.arn()))),
                ("DestinationArn", destination.map(|name| json!(arn(&name)))),
                (
                    "MaxNumberOfMessagesPerSecond",
                    row.get::<_, Option<i64>>(3)?.map(|rate| json!(rate)),
                ),
                (
                    "ApproximateNumberOfMessagesMoved",
                    Some(json!(row.get::<_, i64>(4)?)),
                ),
                (
                    "ApproximateNumberOfMessagesToMove",
                    Some(json!(row.get::<_, i64>(5)?)),
                ),
                (
                    "FailureReason",
                    row.get::<_, Option<String>>(6)?.map(|reason| json!(reason)),
                ),
                ("StartedTimestamp", Some(json!(row.get::<_, i64>(7)?))),
            ];
            Ok(members
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect::<serde_json::Map<_, _>>())
        })?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(json!({ "Results": results }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CancelMove {
    task_handle: String,
}

pub(super) fn cancel(call: &Call<'_>, request: CancelMove) -> Result<Value, AwsError> {
    let moved: Option<i64> = call
        .db
        .query_row(
            "UPDATE move_tasks SET status = 'CANCELLED' WHERE handle = ?1 AND status = 'RUNNING'
             RETURNING moved",
            [&request.task_handle],
            |row| row.get(0),
        )
        .optional()?;
    match moved {
        Some(moved) => Ok(json!({ "ApproximateNumberOfMessagesMoved": moved })),
        None => Err(error::resource_not_found(
            "The resource that you specified for the TaskHandle doesn't exist.",
        )),
    }
}

/// The tasks that have not finished.
pub(super) fn running(call: &Call<'_>) -> Result<Vec<String>, AwsError> {
    let handles = call
        .db
        .prepare("SELECT handle FROM move_tasks WHERE status = 'RUNNING'")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(handles)
}

/// Works a task off, second by second where it has a rate.
pub(super) async fn work(core: Core, handle: String) {
    loop {
        let step_of = handle.clone();
        match core.transact(move |call| step(call, &step_of)).await {
            Ok(Some(pause)) => tokio::time::sleep(pause).await,
            Ok(None) => return,
            Err(error) => {
                tracing::error!(reason = error.message(), "a message move task stopped");
                return;
            }
        }
    }
}

struct Task {
    source: String,
    destination: Option<String>,
    per_second: Option<i64>,
    last_seq: i64,
}

/// Moves the next messages. `None` once nothing is left to do.
fn step(call: &Call<'_>, handle: &str) -> Result<Option<Duration>, AwsError> {
    let task = call
        .db
        .query_row(
            "SELECT source, destination, per_second, last_seq FROM move_tasks
             WHERE handle = ?1 AND status = 'RUNNING'",
            [handle],
            |row| {
                Ok(Task {
                    source: row.get(0)?,
                    destination: row.get(1)?,
                    per_second: row.get(2)?,
                    last_seq: row.get(3)?,
                })
            },
        )
        .optional()?;
    let Some(task) = task else { return Ok(None) };
    let limit = task.per_second.unwrap_or(MAX_PER_SECOND);
    let messages: Vec<(i64, Option<String>)> = call
        .db
        .prepare_cached(
            "SELECT seq, dead_letter_source FROM messages
             WHERE queue = ?1 AND visible_at_ms <= ?2 AND seq <= ?3 ORDER BY seq LIMIT ?4",
        )?
        .query_map(
            params![task.source, call.now_ms, task.last_seq, limit],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .collect::<Result<_, _>>()?;
    if messages.is_empty() {
        return finish(call, handle, "COMPLETED", None);
    }
    for (seq, dead_letter_source) in messages {
        let target = match (&task.destination, dead_letter_source) {
            (Some(name), _) => Queue::named(call, name)?,
            (None, Some(arn)) => Queue::with_arn(call, &arn)?,
            (None, None) => {
                return finish(
                    call,
                    handle,
                    "FAILED",
                    Some("CouldNotDetermineMessageSource"),
                );
            }
        };
        let Some(target) = target else {
            return finish(
                call,
                handle,
                "FAILED",
                Some("AWS.SimpleQueueService.NonExistentQueue"),
            );
        };
        move_as_new(call, seq, &target)?;
        call.db.execute(
            "UPDATE move_tasks SET moved = moved + 1 WHERE handle = ?1",
            [handle],
        )?;
    }
    Ok(Some(match task.per_second {
        Some(_) => Duration::from_secs(1),
        None => Duration::ZERO,
    }))
}

/// A redriven message counts as new: another id, another age, never received.
fn move_as_new(call: &Call<'_>, seq: i64, target: &Queue) -> Result<(), AwsError> {
    call.db
        .prepare_cached(
            "INSERT INTO messages
                 (queue, id, body, attributes, trace_header, group_key, sent_ms, visible_at_ms)
             SELECT ?2, ?3, body, attributes, trace_header, group_key, ?4, ?4
             FROM messages WHERE seq = ?1",
        )?
        .execute(params![
            seq,
            target.name,
            uuid::Uuid::new_v4().to_string(),
            call.now_ms
        ])?;
    call.db
        .prepare_cached("DELETE FROM messages WHERE seq = ?1")?
        .execute([seq])?;
    call.announce(&target.name);
    Ok(())
}

fn finish(
    call: &Call<'_>,
    handle: &str,
    status: &str,
    failure: Option<&str>,
) -> Result<Option<Duration>, AwsError> {
    call.db.execute(
        "UPDATE move_tasks SET status = ?2, failure = ?3 WHERE handle = ?1",
        params![handle, status, failure],
    )?;
    Ok(None)
}
