//! The tables.

/// Times are milliseconds since the Unix epoch. A message is in flight while it carries a receipt and `visible_at_ms`
/// lies ahead; without a receipt it is delayed. `group_key` is the `MessageGroupId`, or empty.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS queues (
    name TEXT PRIMARY KEY,
    attributes TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    attributes TEXT NOT NULL,
    group_key TEXT NOT NULL,
    sent_ms INTEGER NOT NULL,
    visible_at_ms INTEGER NOT NULL,
    received_ms INTEGER,
    first_received_ms INTEGER,
    receive_count INTEGER NOT NULL DEFAULT 0,
    receipt TEXT,
    dead_letter_source TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS messages_by_id ON messages (queue, id);
CREATE INDEX IF NOT EXISTS messages_by_group ON messages (queue, group_key, seq);
CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (queue, visible_at_ms);
CREATE INDEX IF NOT EXISTS messages_by_age ON messages (queue, sent_ms);
CREATE TABLE IF NOT EXISTS move_tasks (
    handle TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    destination TEXT,
    per_second INTEGER,
    status TEXT NOT NULL,
    to_move INTEGER NOT NULL,
    moved INTEGER NOT NULL DEFAULT 0,
    failure TEXT,
    started_ms INTEGER NOT NULL,
    last_seq INTEGER NOT NULL
);
";
