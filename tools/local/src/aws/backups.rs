//! DynamoDB's point-in-time recovery, which the engine does not have: whether it is switched on for a table is kept here
//! and told; nothing is ever restored.

use std::path::Path;

use bytes::Bytes;
use hyper::{Method, Request};
use rusqlite::{OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::dynamodb::DynamoDb;
use super::storage::Store;
use super::wire::{AwsError, parse};

/// The calls that are answered here instead of by the engine.
pub(super) const OPERATIONS: [&str; 2] = ["DescribeContinuousBackups", "UpdateContinuousBackups"];

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS recovery (table_name TEXT PRIMARY KEY, since_ms INTEGER NOT NULL);";

/// Which tables could be restored.
pub(super) struct Backups {
    store: Store,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfTable {
    table_name: String,
    point_in_time_recovery_specification: Option<Specification>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Specification {
    point_in_time_recovery_enabled: bool,
}

impl Backups {
    /// Opens what is known.
    ///
    /// # Errors
    /// An internal failure, where the file is no database.
    pub(super) fn open(path: Option<&Path>) -> Result<Backups, AwsError> {
        Ok(Backups { store: Store::open(path, SCHEMA)? })
    }

    /// Answers `DynamoDB_20120810.<operation>` for one of [`OPERATIONS`].
    ///
    /// # Errors
    /// `TableNotFoundException`.
    pub(super) async fn handle(&self, operation: &str, body: &[u8], engine: &DynamoDb) -> Result<Value, AwsError> {
        let request: OfTable = parse(body)?;
        let name = request.table_name.rsplit('/').next().unwrap_or_default().to_owned();
        if !exists(&name, engine).await? {
            return Err(AwsError::sender(
                "com.amazonaws.dynamodb.v20120810#TableNotFoundException",
                format!("Table not found: {name}"),
            ));
        }
        let wanted = match (operation, request.point_in_time_recovery_specification) {
            ("DescribeContinuousBackups", _) => None,
            ("UpdateContinuousBackups", Some(wanted)) => Some(wanted.point_in_time_recovery_enabled),
            _ => return Err(AwsError::unknown_operation(operation)),
        };
        self.store
            .transact(move |db| {
                match wanted {
                    Some(true) => db.execute(
                        "INSERT OR IGNORE INTO recovery (table_name, since_ms) VALUES (?1, unixepoch() * 1000)",
                        [&name],
                    )?,
                    Some(false) => db.execute("DELETE FROM recovery WHERE table_name = ?1", [&name])?,
                    None => 0,
                };
                let since_ms: Option<i64> = db
                    .query_row("SELECT since_ms FROM recovery WHERE table_name = ?1", params![name], |row| row.get(0))
                    .optional()?;
                let status = if since_ms.is_some() { "ENABLED" } else { "DISABLED" };
                let mut recovery = json!({"PointInTimeRecoveryStatus": status});
                if let Some(since_ms) = since_ms {
                    recovery["EarliestRestorableDateTime"] = json!(since_ms / 1_000);
                    recovery["RecoveryPeriodInDays"] = json!(35);
                }
                Ok(json!({"ContinuousBackupsDescription": {
                    "ContinuousBackupsStatus": "ENABLED",
                    "PointInTimeRecoveryDescription": recovery,
                }}))
            })
            .await
    }
}

/// AwsRequest of the engine, as anybody would.
async fn exists(table: &str, engine: &DynamoDb) -> Result<bool, AwsError> {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/")
        .header("x-amz-target", "DynamoDB_20120810.DescribeTable")
        .header("content-type", "application/x-amz-json-1.0")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
        .header("x-amz-date", "20260101T000000Z")
        .body(())
        .map_err(|_| AwsError::internal("a request of our own does not hold"))?;
    let (parts, ()) = request.into_parts();
    let body = Bytes::from(json!({"TableName": table}).to_string());
    Ok(engine.handle(parts, body).await?.status().is_success())
}
