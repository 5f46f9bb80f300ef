//! Deleting, with the window in which it can be undone.

use rusqlite::params;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::secret::{Secret, erase};
use super::{Call, OneSecret, error, timestamp};

const DAY_MS: i64 = 86_400_000;
const DEFAULT_WINDOW_DAYS: i64 = 30;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteSecret {
    secret_id: String,
    recovery_window_in_days: Option<i64>,
    #[serde(default)]
    force_delete_without_recovery: bool,
}

pub(super) fn delete(call: &Call<'_>, request: DeleteSecret) -> Result<Value, AwsError> {
    if request.force_delete_without_recovery {
        if request.recovery_window_in_days.is_some() {
            return Err(error::invalid_parameter(
                "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
            ));
        }
        return force_delete(call, &request.secret_id);
    }
    let days = request.recovery_window_in_days.unwrap_or(DEFAULT_WINDOW_DAYS);
    if !(7..=30).contains(&days) {
        return Err(error::invalid_parameter(
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        ));
    }
    let secret = Secret::find_live(call, &request.secret_id)?;
    let purge_at_ms = call.now_ms + days * DAY_MS;
    call.db.execute(
        "UPDATE secrets SET deleted_ms = ?2, purge_at_ms = ?3 WHERE name = ?1",
        params![secret.name, call.now_ms, purge_at_ms],
    )?;
    Ok(json!({ "ARN": secret.arn, "Name": secret.name, "DeletionDate": timestamp(purge_at_ms) }))
}

/// Succeeds for a secret that is not there too, as on AWS: a clean-up can run twice.
fn force_delete(call: &Call<'_>, id: &str) -> Result<Value, AwsError> {
    let secret = Secret::find_optional(call, id)?;
    if let Some(secret) = &secret {
        erase(call, &secret.name)?;
    }
    Ok(json!({
        "ARN": secret.as_ref().map(|secret| &secret.arn),
        "Name": secret.as_ref().map_or(id, |secret| &secret.name),
        "DeletionDate": timestamp(call.now_ms),
    }))
}

pub(super) fn restore(call: &Call<'_>, request: OneSecret) -> Result<Value, AwsError> {
    let secret = Secret::find(call, &request.secret_id)?;
    call.db.execute("UPDATE secrets SET deleted_ms = NULL, purge_at_ms = NULL WHERE name = ?1", [&secret.name])?;
    Ok(json!({ "ARN": secret.arn, "Name": secret.name }))
}
