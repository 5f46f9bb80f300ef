//! Which messages go next: the fair queue.

use rusqlite::params;

use super::super::wire::AwsError;
use super::Call;
use super::queue::Queue;

/// The next messages, oldest first within a group; the group with the fewest in flight goes first, so that one group's
/// backlog does not hold up another's.
pub(super) fn choose(call: &Call<'_>, queue: &Queue, limit: i64) -> Result<Vec<i64>, AwsError> {
    if limit <= 0 {
        return Ok(Vec::new());
    }
    // One index step per group, however many messages it has.
    let groups = call.db.all::<(String,)>(
        "WITH RECURSIVE groups (key) AS (
             SELECT min(group_key) FROM messages WHERE queue = ?1
             UNION ALL
             SELECT (SELECT min(group_key) FROM messages WHERE queue = ?1 AND group_key > groups.key)
             FROM groups WHERE groups.key IS NOT NULL
         )
         SELECT key FROM groups WHERE key IS NOT NULL",
        [&queue.name],
    )?;
    let mut candidates: Vec<(i64, i64)> = Vec::new();
    for (group,) in &groups {
        let busy = if groups.len() > 1 { in_flight(call, queue, group)? } else { 0 };
        let visible = call.db.all::<(i64,)>(
            "SELECT seq FROM messages
             WHERE queue = ?1 AND group_key = ?2 AND visible_at_ms <= ?3 ORDER BY seq LIMIT ?4",
            params![queue.name, group, call.now_ms, limit],
        )?;
        candidates.extend((busy..).zip(visible).map(|(turn, (seq,))| (turn, seq)));
    }
    candidates.sort_unstable();
    candidates.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(candidates.into_iter().map(|(_, seq)| seq).collect())
}

fn in_flight(call: &Call<'_>, queue: &Queue, group: &str) -> Result<i64, AwsError> {
    let (count,) = call.db.one(
        "SELECT count(*) FROM messages
         WHERE queue = ?1 AND visible_at_ms > ?3 AND group_key = ?2 AND receipt IS NOT NULL",
        params![queue.name, group, call.now_ms],
    )?;
    Ok(count)
}
