//! The way back from a dead-letter queue: message move tasks are started, listed and canceled.

use rusqlite::params;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::dead_letters::is_dead_letter_queue;
use super::queue::{Queue, arn};
use super::{Call, error};

/// AWS's highest rate, and how many messages move in one transaction where no rate is set.
pub(super) const MAX_PER_SECOND: i64 = 500;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartMove {
    source_arn: String,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

pub(super) fn start(call: &Call<'_>, request: StartMove) -> Result<Value, AwsError> {
    let queue = |arn: &str| Queue::with_arn(call, arn)?.ok_or_else(|| error::resource_not_found("ARN"));
    let source = queue(&request.source_arn)?;
    let destination = request.destination_arn.as_deref().map(queue).transpose()?;
    if !is_dead_letter_queue(call, &request.source_arn)? {
        return Err(error::invalid_parameter("Source queue must be configured as a Dead Letter Queue."));
    }
    let per_second = request.max_number_of_messages_per_second;
    error::check_range("MaxNumberOfMessagesPerSecond", per_second, 1, MAX_PER_SECOND)?;
    let running = "SELECT count(*) FROM move_tasks WHERE source = ?1 AND status = 'RUNNING'";
    let (running,): (i64,) = call.db.one(running, [&source.name])?;
    if running > 0 {
        return Err(error::sqs(
            "UnsupportedOperation",
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        ));
    }
    let handle = uuid::Uuid::new_v4().to_string();
    // Only what is there now is moved: a message that fails again is not moved twice by the same task.
    call.db.execute(
        "INSERT INTO move_tasks (handle, source, destination, per_second, status, to_move, started_ms, last_seq)
         SELECT ?1, ?2, ?3, ?4, 'RUNNING',
             (SELECT count(*) FROM messages WHERE queue = ?2 AND visible_at_ms <= ?5), ?5,
             (SELECT coalesce(max(seq), 0) FROM messages)",
        params![handle, source.name, destination.map(|queue| queue.name), per_second, call.now_ms],
    )?;
    Ok(json!({ "TaskHandle": handle }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListMoves {
    source_arn: String,
    max_results: Option<i64>,
}

type TaskRow = (String, String, Option<String>, Option<i64>, i64, i64, Option<String>, i64);

pub(super) fn list(call: &Call<'_>, request: ListMoves) -> Result<Value, AwsError> {
    let source = Queue::with_arn(call, &request.source_arn)?.ok_or_else(|| error::resource_not_found("SourceArn"))?;
    error::check_range("MaxResults", request.max_results, 1, 10)?;
    let tasks = call.db.all::<TaskRow>(
        "SELECT handle, status, destination, per_second, moved, to_move, failure, started_ms
         FROM move_tasks WHERE source = ?1 ORDER BY started_ms DESC, rowid DESC LIMIT ?2",
        params![source.name, request.max_results.unwrap_or(1)],
    )?;
    let results =
        tasks.into_iter().map(|(handle, status, destination, per_second, moved, to_move, failure, started_ms)| {
            json!({
                // A handle can only be used to cancel, so it is shown while there is something to cancel.
                "TaskHandle": Some(handle).filter(|_| status == "RUNNING"),
                "Status": status,
                "SourceArn": source.arn(),
                "DestinationArn": destination.map(|name| arn(&name)),
                "MaxNumberOfMessagesPerSecond": per_second,
                "ApproximateNumberOfMessagesMoved": moved,
                "ApproximateNumberOfMessagesToMove": to_move,
                "FailureReason": failure,
                "StartedTimestamp": started_ms,
            })
        });
    Ok(json!({ "Results": results.collect::<Vec<_>>() }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CancelMove {
    task_handle: String,
}

pub(super) fn cancel(call: &Call<'_>, request: CancelMove) -> Result<Value, AwsError> {
    let canceled =
        "UPDATE move_tasks SET status = 'CANCELLED' WHERE handle = ?1 AND status = 'RUNNING' RETURNING moved";
    let moved: Option<(i64,)> = call.db.first(canceled, [&request.task_handle])?;
    let (moved,) = moved.ok_or_else(|| error::resource_not_found("TaskHandle"))?;
    Ok(json!({ "ApproximateNumberOfMessagesMoved": moved }))
}
