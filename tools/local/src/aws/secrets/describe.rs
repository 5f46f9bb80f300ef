//! What a secret is, without its values: description, versions, tags.

use rusqlite::Row;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::wire::AwsError;
use super::secret::{Secret, Tag};
use super::{Call, stages, timestamp};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneSecret {
    secret_id: String,
}

pub(super) fn describe(call: &Call<'_>, request: OneSecret) -> Result<Value, AwsError> {
    let secret = Secret::find(call, &request.secret_id)?;
    let mut answer = summary(&secret);
    answer.insert(
        "VersionIdsToStages".to_owned(),
        json!(stages::by_version(call, &secret.name)?),
    );
    Ok(Value::Object(answer))
}

/// What `DescribeSecret` and `ListSecrets` say alike.
pub(super) fn summary(secret: &Secret) -> Map<String, Value> {
    let members = [
        ("ARN", Some(json!(secret.arn))),
        ("Name", Some(json!(secret.name))),
        (
            "Description",
            secret.description.as_ref().map(|text| json!(text)),
        ),
        ("KmsKeyId", secret.kms_key_id.as_ref().map(|id| json!(id))),
        (
            "Tags",
            Some(json!(secret.tags)).filter(|_| !secret.tags.is_empty()),
        ),
        ("CreatedDate", Some(timestamp(secret.created_ms))),
        ("LastChangedDate", Some(timestamp(secret.changed_ms))),
        // AWS gives the day only.
        (
            "LastAccessedDate",
            secret
                .accessed_ms
                .map(|at_ms| timestamp(at_ms - at_ms % 86_400_000)),
        ),
        ("DeletedDate", secret.deleted_ms.map(timestamp)),
    ];
    members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
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
    let version = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
    let stored = call
        .db
        .prepare_cached(
            "SELECT version_id, created_ms FROM versions WHERE secret = ?1 ORDER BY created_ms, rowid",
        )?
        .query_map([&secret.name], version)?
        .collect::<Result<Vec<_>, _>>()?;
    let versions: Vec<_> = stored
        .into_iter()
        .filter_map(|(id, created_ms)| {
            let stages = labels.remove(&id);
            if stages.is_none() && !request.include_deprecated {
                return None;
            }
            let mut version = json!({ "VersionId": id, "CreatedDate": timestamp(created_ms) });
            if let Some(stages) = stages {
                version["VersionStages"] = json!(stages);
            }
            Some(version)
        })
        .collect();
    Ok(json!({ "ARN": secret.arn, "Name": secret.name, "Versions": versions }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagSecret {
    secret_id: String,
    tags: Vec<Tag>,
}

pub(super) fn tag(call: &Call<'_>, request: TagSecret) -> Result<Value, AwsError> {
    let mut secret = Secret::find_live(call, &request.secret_id)?;
    for tag in request.tags {
        secret.tags.retain(|old| old.key != tag.key);
        secret.tags.push(tag);
    }
    secret.save(call)?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagSecret {
    secret_id: String,
    tag_keys: Vec<String>,
}

pub(super) fn untag(call: &Call<'_>, request: UntagSecret) -> Result<Value, AwsError> {
    let mut secret = Secret::find_live(call, &request.secret_id)?;
    secret
        .tags
        .retain(|tag| !request.tag_keys.contains(&tag.key));
    secret.save(call)?;
    Ok(json!({}))
}
