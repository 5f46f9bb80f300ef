//! The redrive policy: when a message moves to the dead-letter queue.

use rusqlite::params;

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
    let (received,): (i64,) = call.db.one("SELECT receive_count FROM messages WHERE seq = ?1", [seq])?;
    if received < policy.max_receive_count {
        return Ok(false);
    }
    let target = Queue::with_arn(call, &policy.dead_letter_target_arn)?;
    // A queue that is its own dead-letter queue would move the message for ever.
    let Some(target) = target.filter(|target| target.name != queue.name) else {
        return Ok(false);
    };
    call.db.execute(
        "UPDATE messages SET queue = ?2, dead_letter_source = ?3, visible_at_ms = ?4,
             receipt = NULL, received_ms = NULL
         WHERE seq = ?1",
        params![seq, target.name, queue.arn(), call.now_ms],
    )?;
    call.announce(&target.name);
    Ok(true)
}

/// True where the dead letters of some queue go to that queue.
pub(super) fn is_dead_letter_queue(call: &Call<'_>, arn: &str) -> Result<bool, AwsError> {
    let targets = |queue: &Queue| queue.attributes.redrive_policy().map(|policy| policy.dead_letter_target_arn);
    Ok(Queue::all(call)?.iter().any(|queue| targets(queue).as_deref() == Some(arn)))
}
