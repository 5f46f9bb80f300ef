//! The way back from a dead-letter queue: message move tasks, started, listed and cancelled.

use rusqlite::{OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::dead_letters::sources_of;
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
    let no_such_queue = || error::resource_not_found("The resource that you specified for the ARN doesn't exist.");
    let source = Queue::with_arn(call, &request.source_arn)?.ok_or_else(no_such_queue)?;
    let destination = match &request.destination_arn {
        Some(arn) => Some(Queue::with_arn(call, arn)?.ok_or_else(no_such_queue)?),
        None => None,
    };
    if sources_of(call, &request.source_arn)?.is_empty() {
        return Err(error::invalid_parameter("Source queue must be configured as a Dead Letter Queue."));
    }
    if let Some(rate) = request.max_number_of_messages_per_second
        && !(1..=MAX_PER_SECOND).contains(&rate)
    {
        return Err(error::invalid_value("MaxNumberOfMessagesPerSecond", rate, "Must be between 1 and 500."));
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
    let source = Queue::with_arn(call, &request.source_arn)?
        .ok_or_else(|| error::resource_not_found("The resource that you specified for the SourceArn doesn't exist."))?;
    if !(1..=10).contains(&request.max_results) {
        return Err(error::invalid_value("MaxResults", request.max_results, "Must be between 1 and 10."));
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
                ("MaxNumberOfMessagesPerSecond", row.get::<_, Option<i64>>(3)?.map(|rate| json!(rate))),
                ("ApproximateNumberOfMessagesMoved", Some(json!(row.get::<_, i64>(4)?))),
                ("ApproximateNumberOfMessagesToMove", Some(json!(row.get::<_, i64>(5)?))),
                ("FailureReason", row.get::<_, Option<String>>(6)?.map(|reason| json!(reason))),
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
        None => Err(error::resource_not_found("The resource that you specified for the TaskHandle doesn't exist.")),
    }
}
