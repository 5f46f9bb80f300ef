//! Creates secrets, and writes their values.

use rusqlite::params;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::secret::{Secret, new_arn};
use super::stages::{self, CURRENT};
use super::{Call, error};

/// AWS's limit for a value.
const MAX_VALUE_BYTES: usize = 65_536;

/// AWS's limit for a version's labels.
const MAX_STAGES: usize = 20;

/// A value as a caller passes it, with the token that makes passing it twice harmless.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GivenValue {
    client_request_token: Option<String>,
    secret_string: Option<String>,
    /// Base64, as on the wire.
    secret_binary: Option<String>,
}

impl GivenValue {
    fn is_given(&self) -> bool {
        self.secret_string.is_some() || self.secret_binary.is_some()
    }

    /// The version's id: the token where there is one.
    fn version_id(&self) -> String {
        self.client_request_token.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string())
    }

    fn check(&self) -> Result<(), AwsError> {
        if self.secret_string.is_some() && self.secret_binary.is_some() {
            return Err(error::invalid_parameter(
                "You can't specify both a binary secret value and a string secret value in the same secret.",
            ));
        }
        let value = self.secret_string.as_ref().or(self.secret_binary.as_ref());
        if value.is_some_and(|value| value.is_empty() || value.len() > MAX_VALUE_BYTES) {
            return Err(error::invalid_parameter("A secret value has 1 to 65536 bytes."));
        }
        if let Some(token) = &self.client_request_token
            && !(32..=64).contains(&token.len())
        {
            return Err(error::invalid_parameter("ClientRequestToken has 32 to 64 characters."));
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateSecret {
    name: String,
    description: Option<String>,
    kms_key_id: Option<String>,
    #[serde(default)]
    tags: Vec<Value>,
    #[serde(flatten)]
    value: GivenValue,
}

pub(super) fn create(call: &Call<'_>, request: CreateSecret) -> Result<Value, AwsError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
    let name = request.name;
    if !(1..=512).contains(&name.len()) || !name.chars().all(allowed) {
        return Err(error::invalid_parameter(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@",
        ));
    }
    request.value.check()?;
    if let Some(existing) = find_exactly(call, &name)? {
        return created_before(call, &existing, &request.value);
    }
    let arn = new_arn(&name);
    call.db.execute(
        "INSERT INTO secrets (name, arn, description, kms_key_id, tags, created_ms, changed_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        params![name, arn, request.description, request.kms_key_id, json!(request.tags).to_string(), call.now_ms],
    )?;
    let version = request.value.is_given().then(|| add_version(call, &name, &request.value, &[])).transpose()?;
    Ok(json!({ "ARN": arn, "Name": name, "VersionId": version }))
}

/// A name, never an ARN: a name may look like the end of another's ARN.
fn find_exactly(call: &Call<'_>, name: &str) -> Result<Option<Secret>, AwsError> {
    let mut all = Secret::all(call)?;
    all.retain(|secret| secret.name == name);
    Ok(all.pop())
}

/// The same creation again succeeds; another secret of that name is an error.
fn created_before(call: &Call<'_>, existing: &Secret, value: &GivenValue) -> Result<Value, AwsError> {
    if existing.deleted_ms.is_some() {
        return Err(error::invalid_request(
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
        ));
    }
    match &value.client_request_token {
        Some(token) if same_version(call, &existing.name, token, value)? == Some(true) => {
            Ok(json!({ "ARN": existing.arn, "Name": existing.name, "VersionId": token }))
        }
        _ => Err(error::exists(format!("The operation failed because the secret {} already exists.", existing.name))),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutValue {
    secret_id: String,
    #[serde(default)]
    version_stages: Vec<String>,
    #[serde(flatten)]
    value: GivenValue,
}

pub(super) fn put_value(call: &Call<'_>, request: PutValue) -> Result<Value, AwsError> {
    let secret = Secret::find_live(call, &request.secret_id)?;
    request.value.check()?;
    if !request.value.is_given() {
        return Err(error::invalid_request("You must provide either SecretString or SecretBinary."));
    }
    if request.version_stages.len() > MAX_STAGES {
        return Err(error::invalid_parameter("A version has at most 20 staging labels."));
    }
    let version = add_version(call, &secret.name, &request.value, &request.version_stages)?;
    secret.save(call)?;
    Ok(json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionStages": stages::of(call, &secret.name, &version)?,
        "VersionId": version,
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateSecret {
    secret_id: String,
    description: Option<String>,
    kms_key_id: Option<String>,
    #[serde(flatten)]
    value: GivenValue,
}

pub(super) fn update(call: &Call<'_>, request: UpdateSecret) -> Result<Value, AwsError> {
    let mut secret = Secret::find_live(call, &request.secret_id)?;
    request.value.check()?;
    secret.description = request.description.or(secret.description);
    secret.kms_key_id = request.kms_key_id.or(secret.kms_key_id);
    let version = request.value.is_given().then(|| add_version(call, &secret.name, &request.value, &[])).transpose()?;
    secret.save(call)?;
    Ok(json!({ "ARN": secret.arn, "Name": secret.name, "VersionId": version }))
}

/// Adds a version and labels it, with `AWSCURRENT` where no labels are given or where it is the first. The same value
/// under the same token again changes nothing.
fn add_version(call: &Call<'_>, secret: &str, value: &GivenValue, labels: &[String]) -> Result<String, AwsError> {
    let version = value.version_id();
    match same_version(call, secret, &version, value)? {
        Some(true) => return Ok(version),
        Some(false) => {
            return Err(error::exists(
                "A resource with the ID you requested already exists: a version's value cannot be changed.",
            ));
        }
        None => {}
    }
    call.db.execute(
        "INSERT INTO versions (secret, version_id, secret_string, secret_binary, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![secret, version, value.secret_string, value.secret_binary, call.now_ms],
    )?;
    for label in labels {
        stages::attach(call, secret, label, &version)?;
    }
    if labels.is_empty() || stages::holder(call, secret, CURRENT)?.is_none() {
        stages::attach(call, secret, CURRENT, &version)?;
    }
    drop_unlabeled(call, secret)?;
    Ok(version)
}

/// Whether the version is there with this very value; `None` where it is not there.
fn same_version(call: &Call<'_>, secret: &str, version: &str, value: &GivenValue) -> Result<Option<bool>, AwsError> {
    let stored = call.db.first::<(Option<String>, Option<String>)>(
        "SELECT secret_string, secret_binary FROM versions WHERE secret = ?1 AND version_id = ?2",
        params![secret, version],
    )?;
    Ok(stored.map(|(text, binary)| text == value.secret_string && binary == value.secret_binary))
}

/// AWS keeps about a hundred versions, and drops the oldest of those without a label.
fn drop_unlabeled(call: &Call<'_>, secret: &str) -> Result<(), AwsError> {
    call.db.execute(
        "DELETE FROM versions WHERE secret = ?1 AND version_id NOT IN (
             SELECT version_id FROM stages WHERE secret = ?1
         ) AND rowid NOT IN (
             SELECT rowid FROM versions WHERE secret = ?1 ORDER BY created_ms DESC, rowid DESC LIMIT 100
         )",
        [secret],
    )?;
    Ok(())
}
