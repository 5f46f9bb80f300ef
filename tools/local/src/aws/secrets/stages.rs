//! Staging labels: each is on one version at a time, and `AWSPREVIOUS` follows `AWSCURRENT`.

use std::collections::BTreeMap;

use rusqlite::params;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::secret::Secret;
use super::{Call, error};

pub(super) const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// The version that carries the label.
pub(super) fn holder(call: &Call<'_>, secret: &str, stage: &str) -> Result<Option<String>, AwsError> {
    let holder: Option<(String,)> =
        call.db.first("SELECT version_id FROM stages WHERE secret = ?1 AND stage = ?2", params![secret, stage])?;
    Ok(holder.map(|(version,)| version))
}

/// The labels of one version.
pub(super) fn of(call: &Call<'_>, secret: &str, version: &str) -> Result<Vec<String>, AwsError> {
    Ok(by_version(call, secret)?.remove(version).unwrap_or_default())
}

/// The labels of every version that has any.
pub(super) fn by_version(call: &Call<'_>, secret: &str) -> Result<BTreeMap<String, Vec<String>>, AwsError> {
    let mut labels: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let rows = call.db.all("SELECT version_id, stage FROM stages WHERE secret = ?1 ORDER BY stage", [secret])?;
    for (version, stage) in rows {
        labels.entry(version).or_default().push(stage);
    }
    Ok(labels)
}

/// Moves the label to a version. The version that loses `AWSCURRENT` gets `AWSPREVIOUS`.
pub(super) fn attach(call: &Call<'_>, secret: &str, stage: &str, version: &str) -> Result<(), AwsError> {
    let before = holder(call, secret, stage)?;
    put(call, secret, stage, version)?;
    match before {
        Some(before) if stage == CURRENT && before != version => put(call, secret, PREVIOUS, &before),
        _ => Ok(()),
    }
}

fn put(call: &Call<'_>, secret: &str, stage: &str, version: &str) -> Result<(), AwsError> {
    let put = "INSERT OR REPLACE INTO stages (secret, stage, version_id) VALUES (?1, ?2, ?3)";
    call.db.execute(put, params![secret, stage, version])?;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateStage {
    secret_id: String,
    version_stage: String,
    remove_from_version_id: Option<String>,
    move_to_version_id: Option<String>,
}

pub(super) fn update(call: &Call<'_>, request: UpdateStage) -> Result<Value, AwsError> {
    let secret = Secret::find_live(call, &request.secret_id)?;
    let stage = &*request.version_stage;
    let holder = holder(call, &secret.name, stage)?;
    let (from, to) = (request.remove_from_version_id, request.move_to_version_id);
    if let Some(from) = &from
        && holder.as_ref() != Some(from)
    {
        return Err(error::invalid_parameter(format!(
            "Staging label {stage} is not currently attached to version {from}."
        )));
    }
    match (to, from) {
        (Some(to), from) => {
            let version = "SELECT 1 FROM versions WHERE secret = ?1 AND version_id = ?2";
            if call.db.first::<(i64,)>(version, params![secret.name, to])?.is_none() {
                return Err(error::value_not_found(&format!("VersionId: {to}")));
            }
            // The caller has to name the version that loses the label: two who promote at once do not undo each other.
            if let (None, Some(holder)) = (from, holder)
                && holder != to
            {
                return Err(error::invalid_parameter(format!(
                    "The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to \
                     version {holder}, so you must explicitly reference that version in RemoveFromVersionId."
                )));
            }
            attach(call, &secret.name, stage, &to)?;
        }
        (None, None) => {
            return Err(error::invalid_parameter("You must specify MoveToVersionId, RemoveFromVersionId, or both."));
        }
        (None, Some(_)) if stage == CURRENT => {
            return Err(error::invalid_parameter(
                "You can only move staging label AWSCURRENT to a different secret version. It can't be completely \
                 removed.",
            ));
        }
        (None, Some(_)) => {
            call.db.execute("DELETE FROM stages WHERE secret = ?1 AND stage = ?2", params![secret.name, stage])?;
        }
    }
    secret.save(call)?;
    Ok(json!({ "ARN": secret.arn, "Name": secret.name }))
}
