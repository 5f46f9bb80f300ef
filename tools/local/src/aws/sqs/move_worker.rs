//! The work of message move tasks, which continues between calls and after a restart.

use std::time::Duration;

use rusqlite::params;

use super::super::wire::AwsError;
use super::move_tasks::MAX_PER_SECOND;
use super::queue::Queue;
use super::{Call, Core};

/// The tasks that have not finished.
pub(super) fn running(call: &Call<'_>) -> Result<Vec<(String,)>, AwsError> {
    Ok(call.db.all("SELECT handle FROM move_tasks WHERE status = 'RUNNING'", [])?)
}

/// Carries out a task, second by second where it has a rate.
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

type Task = (String, Option<String>, Option<i64>, i64);

/// Moves the next messages. `None` once nothing is left to do.
fn step(call: &Call<'_>, handle: &str) -> Result<Option<Duration>, AwsError> {
    let task = call.db.first::<Task>(
        "SELECT source, destination, per_second, last_seq FROM move_tasks WHERE handle = ?1 AND status = 'RUNNING'",
        [handle],
    )?;
    let Some((source, destination, per_second, last_seq)) = task else { return Ok(None) };
    let messages = call.db.all::<(i64, Option<String>)>(
        "SELECT seq, dead_letter_source FROM messages
         WHERE queue = ?1 AND visible_at_ms <= ?2 AND seq <= ?3 ORDER BY seq LIMIT ?4",
        params![source, call.now_ms, last_seq, per_second.unwrap_or(MAX_PER_SECOND)],
    )?;
    if messages.is_empty() {
        return finish(call, handle, "COMPLETED", None);
    }
    for (seq, dead_letter_source) in messages {
        let target = match (&destination, dead_letter_source) {
            (Some(name), _) => Queue::named(call, name)?,
            (None, Some(arn)) => Queue::with_arn(call, &arn)?,
            (None, None) => {
                return finish(call, handle, "FAILED", Some("CouldNotDetermineMessageSource"));
            }
        };
        let Some(target) = target else {
            return finish(call, handle, "FAILED", Some("AWS.SimpleQueueService.NonExistentQueue"));
        };
        move_as_new(call, seq, &target)?;
        call.db.execute("UPDATE move_tasks SET moved = moved + 1 WHERE handle = ?1", [handle])?;
    }
    Ok(Some(per_second.map_or(Duration::ZERO, |_| Duration::from_secs(1))))
}

/// A redriven message counts as new: another id, another age, never received.
fn move_as_new(call: &Call<'_>, seq: i64, target: &Queue) -> Result<(), AwsError> {
    call.db.execute(
        "INSERT INTO messages (queue, id, body, attributes, group_key, sent_ms, visible_at_ms)
         SELECT ?2, ?3, body, attributes, group_key, ?4, ?4 FROM messages WHERE seq = ?1",
        params![seq, target.name, uuid::Uuid::new_v4().to_string(), call.now_ms],
    )?;
    call.db.execute("DELETE FROM messages WHERE seq = ?1", [seq])?;
    call.announce(&target.name);
    Ok(())
}

fn finish(call: &Call<'_>, handle: &str, status: &str, failure: Option<&str>) -> Result<Option<Duration>, AwsError> {
    let finished = "UPDATE move_tasks SET status = ?2, failure = ?3 WHERE handle = ?1";
    call.db.execute(finished, params![handle, status, failure])?;
    Ok(None)
}
