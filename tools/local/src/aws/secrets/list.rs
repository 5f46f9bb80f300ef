//! Finding secrets.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::describe::summary;
use super::secret::Secret;
use super::{Call, stages};

/// What a secret must match: any of the values.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    /// Only names can be filtered: another key is an error.
    #[serde(rename = "Key")]
    _key: FilterKey,
    values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FilterKey {
    Name,
}

impl Filter {
    /// True where any value is the beginning of the name. A `!` before a value negates it.
    fn matches(&self, secret: &Secret) -> bool {
        self.values.iter().any(|value| match value.strip_prefix('!') {
            Some(value) => !secret.name.starts_with(value),
            None => secret.name.starts_with(value),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListSecrets {
    #[serde(default)]
    filters: Vec<Filter>,
    #[serde(default)]
    include_planned_deletion: bool,
}

/// All on one page, by name.
pub(super) fn list(call: &Call<'_>, request: ListSecrets) -> Result<Value, AwsError> {
    let mut secrets = Secret::all(call)?;
    secrets.retain(|secret| {
        (request.include_planned_deletion || secret.deleted_ms.is_none())
            && request.filters.iter().all(|filter| filter.matches(secret))
    });
    let found = secrets.iter().map(|secret| {
        let mut entry = summary(secret);
        entry["SecretVersionsToStages"] = json!(stages::by_version(call, &secret.name)?);
        Ok(entry)
    });
    Ok(json!({ "SecretList": found.collect::<Result<Vec<Value>, AwsError>>()? }))
}
