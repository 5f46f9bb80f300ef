//! Reading values.

use rusqlite::params;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::secret::Secret;
use super::stages::{self, CURRENT};
use super::{Call, error, timestamp};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetValue {
    secret_id: String,
    version_id: Option<String>,
    version_stage: Option<String>,
}

pub(super) fn get_value(call: &Call<'_>, request: GetValue) -> Result<Value, AwsError> {
    let secret = Secret::find_live(call, &request.secret_id)?;
    let holder = |stage: &str| stages::holder(call, &secret.name, stage);
    let version = match (request.version_id, request.version_stage.as_deref()) {
        (None, stage) => {
            let stage = stage.unwrap_or(CURRENT);
            holder(stage)?.ok_or_else(|| error::value_not_found(&format!("staging label: {stage}")))?
        }
        (Some(version), Some(stage)) if holder(stage)?.as_ref() != Some(&version) => {
            return Err(error::invalid_request(
                "You provided a VersionStage that is not associated to the provided VersionId.",
            ));
        }
        (Some(version), _) => version,
    };
    let stored = call.db.first::<(Option<String>, Option<String>, i64)>(
        "SELECT secret_string, secret_binary, created_ms FROM versions WHERE secret = ?1 AND version_id = ?2",
        params![secret.name, version],
    )?;
    let (text, binary, created_ms) = stored.ok_or_else(|| error::value_not_found(&format!("VersionId: {version}")))?;
    let accessed = "UPDATE secrets SET accessed_ms = ?2 WHERE name = ?1";
    call.db.execute(accessed, params![secret.name, call.now_ms])?;
    Ok(json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionStages": stages::of(call, &secret.name, &version)?,
        "VersionId": version,
        "CreatedDate": timestamp(created_ms),
        "SecretString": text,
        "SecretBinary": binary,
    }))
}
