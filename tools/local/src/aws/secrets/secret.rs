//! A secret as it is stored, and how callers name it.

use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::super::wire::AwsError;
use super::super::{ACCOUNT_ID, REGION};
use super::{Call, error};

/// AWS appends six characters to a name, so that a secret made anew has another ARN.
const ARN_SUFFIX_CHARS: usize = 6;

/// A tag as the protocol writes it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    #[serde(default)]
    pub(super) value: String,
}

/// Everything about a secret but its values.
pub(super) struct Secret {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) description: Option<String>,
    pub(super) kms_key_id: Option<String>,
    pub(super) tags: Vec<Tag>,
    pub(super) created_ms: i64,
    pub(super) changed_ms: i64,
    pub(super) accessed_ms: Option<i64>,
    pub(super) deleted_ms: Option<i64>,
}

const COLUMNS: &str =
    "name, arn, description, kms_key_id, tags, created_ms, changed_ms, accessed_ms, deleted_ms";

impl Secret {
    /// The secret that a caller names, as [`Secret::find_optional`].
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub(super) fn find(call: &Call<'_>, id: &str) -> Result<Secret, AwsError> {
        Secret::find_optional(call, id)?.ok_or_else(error::not_found)
    }

    /// The secret that a caller names by its name, its ARN, or its ARN without the suffix.
    pub(super) fn find_optional(call: &Call<'_>, id: &str) -> Result<Option<Secret>, AwsError> {
        purge_due(call)?;
        let prefix = format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:");
        let partial_name = id.strip_prefix(&prefix).unwrap_or(id);
        let secret = call
            .db
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM secrets WHERE arn = ?1 OR name = ?2 ORDER BY arn = ?1 DESC LIMIT 1"
            ))?
            .query_row(params![id, partial_name], Secret::from_row)
            .optional()?;
        Ok(secret)
    }

    /// As [`Secret::find`], but not where the secret is scheduled for deletion.
    ///
    /// # Errors
    /// `ResourceNotFoundException`, `InvalidRequestException`.
    pub(super) fn find_live(call: &Call<'_>, id: &str) -> Result<Secret, AwsError> {
        let secret = Secret::find(call, id)?;
        match secret.deleted_ms {
            Some(_) => Err(error::marked_for_deletion()),
            None => Ok(secret),
        }
    }

    /// Every secret, by name.
    pub(super) fn all(call: &Call<'_>) -> Result<Vec<Secret>, AwsError> {
        purge_due(call)?;
        let secrets = call
            .db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM secrets ORDER BY name"))?
            .query_map([], Secret::from_row)?
            .collect::<Result<_, _>>()?;
        Ok(secrets)
    }

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Secret> {
        let tags: String = row.get(4)?;
        Ok(Secret {
            name: row.get(0)?,
            arn: row.get(1)?,
            description: row.get(2)?,
            kms_key_id: row.get(3)?,
            tags: serde_json::from_str(&tags).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(
                    4,
                    rusqlite::types::Type::Text,
                    error.into(),
                )
            })?,
            created_ms: row.get(5)?,
            changed_ms: row.get(6)?,
            accessed_ms: row.get(7)?,
            deleted_ms: row.get(8)?,
        })
    }

    /// Writes the description, key and tags back, and that the secret changed now.
    pub(super) fn save(&self, call: &Call<'_>) -> Result<(), AwsError> {
        call.db.execute(
            "UPDATE secrets SET description = ?2, kms_key_id = ?3, tags = ?4, changed_ms = ?5 WHERE name = ?1",
            params![
                self.name,
                self.description,
                self.kms_key_id,
                tags_json(&self.tags)?,
                call.now_ms
            ],
        )?;
        Ok(())
    }
}

/// A list of tags as it is stored.
pub(super) fn tags_json(tags: &[Tag]) -> Result<String, AwsError> {
    serde_json::to_string(tags).map_err(|_| AwsError::internal("the tags cannot be stored"))
}

/// A new ARN for a name.
pub(super) fn new_arn(name: &str) -> String {
    let suffix: String = (0..ARN_SUFFIX_CHARS)
        .map(|_| fastrand::alphanumeric())
        .collect();
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:{name}-{suffix}")
}

/// Removes a secret for good.
pub(super) fn erase(call: &Call<'_>, name: &str) -> Result<(), AwsError> {
    for statement in [
        "DELETE FROM stages WHERE secret = ?1",
        "DELETE FROM versions WHERE secret = ?1",
        "DELETE FROM secrets WHERE name = ?1",
    ] {
        call.db.execute(statement, [name])?;
    }
    Ok(())
}

/// Removes the secrets whose recovery window is over.
fn purge_due(call: &Call<'_>) -> Result<(), AwsError> {
    let due = call
        .db
        .prepare_cached("SELECT name FROM secrets WHERE purge_at_ms <= ?1")?
        .query_map([call.now_ms], |row| row.get(0))?
        .collect::<Result<Vec<String>, _>>()?;
    due.iter().try_for_each(|name| erase(call, name))
}
