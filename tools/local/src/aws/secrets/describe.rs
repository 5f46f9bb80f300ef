//! What a secret is, without its values: description, versions, tags.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::secret::Secret;
use super::{Call, OneSecret, stages, timestamp};

pub(super) fn describe(call: &Call<'_>, request: OneSecret) -> Result<Value, AwsError> {
    let secret = Secret::find(call, &request.secret_id)?;
    let mut described = summary(&secret);
    described["VersionIdsToStages"] = json!(stages::by_version(call, &secret.name)?);
    Ok(described)
}

/// What `DescribeSecret` and `ListSecrets` have in common.
pub(super) fn summary(secret: &Secret) -> Value {
    json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "Description": secret.description,
        "KmsKeyId": secret.kms_key_id,
        "Tags": secret.tags.as_array().filter(|tags| !tags.is_empty()),
        "CreatedDate": timestamp(secret.created_ms),
        "LastChangedDate": timestamp(secret.changed_ms),
        // AWS returns the day only.
        "LastAccessedDate": secret.accessed_ms.map(|at_ms| timestamp(at_ms - at_ms % 86_400_000)),
        "DeletedDate": secret.deleted_ms.map(timestamp),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListVersions {
    secret_id: String,
    #[serde(default)]
    include_deprecated: bool,
}

pub(super) fn list_versions(call: &Call<'_>, request: ListVersions) -> Result<Value, AwsError> {
    let secret = Secret::find(call, &request.secret_id)?;
    let mut labels = stages::by_version(call, &secret.name)?;
    let stored = call.db.all::<(String, i64)>(
        "SELECT version_id, created_ms FROM versions WHERE secret = ?1 ORDER BY created_ms, rowid",
        [&secret.name],
    )?;
    let mut versions = Vec::new();
    for (id, created_ms) in stored {
        let stages = labels.remove(&id);
        if stages.is_some() || request.include_deprecated {
            versions.push(json!({"VersionId": id, "CreatedDate": timestamp(created_ms), "VersionStages": stages}));
        }
    }
    Ok(json!({ "ARN": secret.arn, "Name": secret.name, "Versions": versions }))
}
