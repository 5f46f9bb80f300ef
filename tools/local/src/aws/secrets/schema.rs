//! The tables.

/// Times are milliseconds since the Unix epoch. `purge_at_ms` is set while a secret is scheduled for deletion. A value is
/// text in `secret_string` or base64 in `secret_binary`.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS secrets (
    name TEXT PRIMARY KEY,
    arn TEXT NOT NULL UNIQUE,
    description TEXT,
    kms_key_id TEXT,
    tags TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    accessed_ms INTEGER,
    deleted_ms INTEGER,
    purge_at_ms INTEGER
);
CREATE TABLE IF NOT EXISTS versions (
    secret TEXT NOT NULL,
    version_id TEXT NOT NULL,
    secret_string TEXT,
    secret_binary TEXT,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (secret, version_id)
);
CREATE TABLE IF NOT EXISTS stages (
    secret TEXT NOT NULL,
    stage TEXT NOT NULL,
    version_id TEXT NOT NULL,
    PRIMARY KEY (secret, stage)
);
";
