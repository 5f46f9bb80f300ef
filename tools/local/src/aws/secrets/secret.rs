//! A secret as it is stored, and how callers name it.

use rusqlite::{Row, params};
use serde_json::Value;

use super::super::wire::AwsError;
use super::super::{ACCOUNT_ID, REGION};
use super::{Call, error};

/// AWS appends six characters to a name, so that a secret that is deleted and created again has another ARN.
const ARN_SUFFIX_CHARS: usize = 6;

/// Everything about a secret but its values.
pub(super) struct Secret {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) description: Option<String>,
    pub(super) kms_key_id: Option<String>,
    /// In the protocol's form.
    pub(super) tags: Value,
    pub(super) created_ms: i64,
    pub(super) changed_ms: i64,
    pub(super) accessed_ms: Option<i64>,
    pub(super) deleted_ms: Option<i64>,
}

const COLUMNS: &str = "name, arn, description, kms_key_id, tags, created_ms, changed_ms, accessed_ms, deleted_ms";

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
        let partial_name = id.strip_prefix(&arn("")).unwrap_or(id);
        let found = format!("SELECT {COLUMNS} FROM secrets WHERE arn = ?1 OR name = ?2 ORDER BY arn = ?1 DESC LIMIT 1");
        Ok(call.db.first(&found, params![id, partial_name])?)
    }

    /// As [`Secret::find`], but not where the secret is scheduled for deletion.
    ///
    /// # Errors
    /// `ResourceNotFoundException`, `InvalidRequestException`.
    pub(super) fn find_live(call: &Call<'_>, id: &str) -> Result<Secret, AwsError> {
        let secret = Secret::find(call, id)?;
        match secret.deleted_ms {
            Some(_) => Err(error::invalid_request(
                "You can't perform this operation on the secret because it was marked for deletion.",
            )),
            None => Ok(secret),
        }
    }

    /// Every secret, by name.
    pub(super) fn all(call: &Call<'_>) -> Result<Vec<Secret>, AwsError> {
        purge_due(call)?;
        Ok(call.db.all(&format!("SELECT {COLUMNS} FROM secrets ORDER BY name"), [])?)
    }

    /// Stores description and key, and that the secret changed now.
    pub(super) fn save(&self, call: &Call<'_>) -> Result<(), AwsError> {
        call.db.execute(
            "UPDATE secrets SET description = ?2, kms_key_id = ?3, changed_ms = ?4 WHERE name = ?1",
            params![self.name, self.description, self.kms_key_id, call.now_ms],
        )?;
        Ok(())
    }
}

impl<'a> TryFrom<&'a Row<'a>> for Secret {
    type Error = rusqlite::Error;

    fn try_from(row: &'a Row<'a>) -> rusqlite::Result<Secret> {
        let tags: String = row.get(4)?;
        Ok(Secret {
            name: row.get(0)?,
            arn: row.get(1)?,
            description: row.get(2)?,
            kms_key_id: row.get(3)?,
            tags: serde_json::from_str(&tags).unwrap_or_default(),
            created_ms: row.get(5)?,
            changed_ms: row.get(6)?,
            accessed_ms: row.get(7)?,
            deleted_ms: row.get(8)?,
        })
    }
}

fn arn(name: &str) -> String {
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:{name}")
}

/// A new ARN for a name.
pub(super) fn new_arn(name: &str) -> String {
    let suffix: String = (0..ARN_SUFFIX_CHARS).map(|_| fastrand::alphanumeric()).collect();
    format!("{}-{suffix}", arn(name))
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

/// Removes the secrets at the end of their recovery window.
fn purge_due(call: &Call<'_>) -> Result<(), AwsError> {
    let due = call.db.all::<(String,)>("SELECT name FROM secrets WHERE purge_at_ms <= ?1", [call.now_ms])?;
    due.iter().try_for_each(|(name,)| erase(call, name))
}
