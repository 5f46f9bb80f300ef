//! Reading values.

use rusqlite::{OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::list::{Filter, page_after};
use super::secret::Secret;
use super::stages::{self, CURRENT};
use super::{Call, error, timestamp};

/// The most secrets of one batch.
const MAX_BATCH: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetValue {
    secret_id: String,
    version_id: Option<String>,
    version_stage: Option<String>,
}

pub(super) fn get_value(call: &Call<'_>, request: GetValue) -> Result<Value, AwsError> {
    let secret = Secret::find_live(call, &request.secret_id)?;
    let version = match (&request.version_id, &request.version_stage) {
        (None, stage) => {
            let stage = stage.as_deref().unwrap_or(CURRENT);
            stages::holder(call, &secret.name, stage)?
                .ok_or_else(|| error::value_not_found(&format!("staging label: {stage}")))?
        }
        (Some(version), None) => version.clone(),
        (Some(version), Some(stage)) => {
            if stages::holder(call, &secret.name, stage)?.as_ref() != Some(version) {
                return Err(error::invalid_request(
                    "You provided a VersionStage that is not associated to the provided VersionId.",
                ));
            }
            version.clone()
        }
    };
    value_of(call, &secret, &version)
}

fn value_of(call: &Call<'_>, secret: &Secret, version: &str) -> Result<Value, AwsError> {
    let stored: Option<(Option<String>, Option<String>, i64)> = call
        .db
        .prepare_cached(
            "SELECT secret_string, secret_binary, created_ms FROM versions
             WHERE secret = ?1 AND version_id = ?2",
        )?
        .query_row(params![secret.name, version], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (text, binary, created_ms) = stored.ok_or_else(|| error::value_not_found(&format!("VersionId: {version}")))?;
    call.db
        .prepare_cached("UPDATE secrets SET accessed_ms = ?2 WHERE name = ?1")?
        .execute(params![secret.name, call.now_ms])?;
    let mut answer = json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": version,
        "VersionStages": stages::by_version(call, &secret.name)?.remove(version).unwrap_or_default(),
        "CreatedDate": timestamp(created_ms),
    });
    if let Some(text) = text {
        answer["SecretString"] = json!(text);
    }
    if let Some(binary) = binary {
        answer["SecretBinary"] = json!(binary);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchGetValue {
    #[serde(default)]
    secret_id_list: Vec<String>,
    #[serde(default)]
    filters: Vec<Filter>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

pub(super) fn batch_get_value(call: &Call<'_>, request: BatchGetValue) -> Result<Value, AwsError> {
    if request.secret_id_list.is_empty() == request.filters.is_empty() {
        return Err(error::invalid_parameter("Either 'SecretIdList' or 'Filters' must be provided, but not both."));
    }
    if request.secret_id_list.len() > MAX_BATCH {
        return Err(error::invalid_parameter("SecretIdList has at most 20 entries."));
    }
    let mut next_token = None;
    let ids = if request.filters.is_empty() {
        request.secret_id_list
    } else {
        let mut found = Secret::all(call)?;
        found.retain(|secret| secret.deleted_ms.is_none() && request.filters.iter().all(|filter| filter.fits(secret)));
        let limit = request.max_results.unwrap_or(MAX_BATCH).min(MAX_BATCH);
        let (page, more) = page_after(found, request.next_token.as_deref(), limit)?;
        next_token = more;
        page.into_iter().map(|secret| secret.name).collect()
    };

    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for id in ids {
        let one = GetValue { secret_id: id.clone(), version_id: None, version_stage: None };
        match get_value(call, one) {
            Ok(value) => values.push(value),
            Err(error) if error.is_client_error() => errors.push(json!({
                "SecretId": id,
                "ErrorCode": error.code(),
                "Message": error.message(),
            })),
            Err(error) => return Err(error),
        }
    }
    let mut answer = json!({ "SecretValues": values, "Errors": errors });
    if let Some(token) = next_token {
        answer["NextToken"] = json!(token);
    }
    Ok(answer)
}
