//! Finding secrets.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::describe::summary;
use super::secret::Secret;
use super::{Call, error, stages};

/// The most secrets of one page.
const MAX_PAGE: usize = 100;

/// What a secret must match: any of the values.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter {
    key: FilterKey,
    values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FilterKey {
    Name,
    Description,
    TagKey,
    TagValue,
    All,
}

impl Filter {
    /// True where any value is the beginning of what the filter looks at. A `!` before a value turns it round. Names
    /// match with case, as on AWS; descriptions without.
    pub(super) fn fits(&self, secret: &Secret) -> bool {
        self.values
            .iter()
            .any(|value| match value.strip_prefix('!') {
                Some(value) => !self.starts(secret, value),
                None => self.starts(secret, value),
            })
    }

    fn starts(&self, secret: &Secret, value: &str) -> bool {
        let name = || secret.name.starts_with(value);
        let description = || {
            secret
                .description
                .as_ref()
                .is_some_and(|text| text.to_lowercase().starts_with(&value.to_lowercase()))
        };
        let tag_key = || secret.tags.iter().any(|tag| tag.key.starts_with(value));
        let tag_value = || secret.tags.iter().any(|tag| tag.value.starts_with(value));
        match self.key {
            FilterKey::Name => name(),
            FilterKey::Description => description(),
            FilterKey::TagKey => tag_key(),
            FilterKey::TagValue => tag_value(),
            FilterKey::All => name() || description() || tag_key() || tag_value(),
        }
    }
}

/// The secrets behind the token, which is the last name of the page before, and the next token.
///
/// # Errors
/// `InvalidNextTokenException`, where the token is none of ours.
pub(super) fn page_after(
    mut secrets: Vec<Secret>,
    token: Option<&str>,
    limit: usize,
) -> Result<(Vec<Secret>, Option<String>), AwsError> {
    if let Some(last) = token {
        let at = secrets
            .iter()
            .position(|secret| secret.name == last)
            .ok_or_else(error::invalid_next_token)?;
        secrets.drain(..=at);
    }
    let more = secrets.len() > limit;
    secrets.truncate(limit);
    let next = secrets
        .last()
        .filter(|_| more)
        .map(|secret| secret.name.clone());
    Ok((secrets, next))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListSecrets {
    #[serde(default)]
    filters: Vec<Filter>,
    #[serde(default)]
    include_planned_deletion: bool,
    max_results: Option<usize>,
    next_token: Option<String>,
    #[serde(default)]
    sort_order: SortOrder,
}

#[derive(Deserialize, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum SortOrder {
    #[default]
    Asc,
    Desc,
}

pub(super) fn list(call: &Call<'_>, request: ListSecrets) -> Result<Value, AwsError> {
    let limit = request.max_results.unwrap_or(MAX_PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(error::invalid_parameter(
            "MaxResults must be between 1 and 100.",
        ));
    }
    let mut secrets = Secret::all(call)?;
    secrets.retain(|secret| {
        (request.include_planned_deletion || secret.deleted_ms.is_none())
            && request.filters.iter().all(|filter| filter.fits(secret))
    });
    if request.sort_order == SortOrder::Desc {
        secrets.reverse();
    }
    let (page, next) = page_after(secrets, request.next_token.as_deref(), limit)?;
    let mut found = Vec::with_capacity(page.len());
    for secret in &page {
        let mut entry = summary(secret);
        entry.insert(
            "SecretVersionsToStages".to_owned(),
            json!(stages::by_version(call, &secret.name)?),
        );
        found.push(Value::Object(entry));
    }
    let mut answer = json!({ "SecretList": found });
    if let Some(token) = next {
        answer["NextToken"] = json!(token);
    }
    Ok(answer)
}
