//! What differs between two records, for the audit log and for confirmations.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::CliError;

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Difference {
    /// The field, as a path into the record, e.g. `settings.icims.region`.
    pub(crate) field: String,
    /// What it was; absent if it was not there, or must not be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<String>,
    /// What it is; absent if it is not there any more, or must not be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<String>,
}

impl Difference {
    /// A field of which only that it changed may be known.
    pub(crate) fn changed(field: impl Into<String>) -> Self {
        Self { field: field.into(), before: None, after: None }
    }

    /// A field that now has a value.
    pub(crate) fn set(field: impl Into<String>, value: impl Into<String>) -> Self {
        Self { field: field.into(), before: None, after: Some(value.into()) }
    }

    /// Before and after, for people.
    pub(crate) fn texts(&self) -> (&str, &str) {
        let hidden = self.before.is_none() && self.after.is_none();
        let absent = if hidden { "(changed)" } else { "-" };
        (self.before.as_deref().unwrap_or(absent), self.after.as_deref().unwrap_or(absent))
    }
}

/// What differs between two records under the name `name`; `None` stands for no record.
///
/// # Errors
/// If a record cannot be serialized.
pub(crate) fn between<T: Serialize>(
    name: &str,
    before: Option<&T>,
    after: Option<&T>,
) -> Result<Vec<Difference>, CliError> {
    let leaves = |record: Option<&T>| -> Result<BTreeMap<String, String>, CliError> {
        let Some(record) = record else { return Ok(BTreeMap::new()) };
        let value = serde_json::to_value(record)
            .map_err(|error| CliError::internal(format!("{name} cannot be compared: {error}")))?;
        let mut leaves = BTreeMap::new();
        collect(name, &value, &mut leaves);
        Ok(leaves)
    };
    let (before, after) = (leaves(before)?, leaves(after)?);
    let fields: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differing = fields.into_iter().filter(|field| before.get(*field) != after.get(*field));
    Ok(differing
        .map(|field| {
            let (before, after) = (before.get(field), after.get(field));
            if [before, after].into_iter().flatten().any(|value| !may_be_kept(value)) {
                return Difference::changed(field);
            }
            Difference { field: field.clone(), before: before.cloned(), after: after.cloned() }
        })
        .collect())
}

fn collect(path: &str, value: &Value, leaves: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                collect(&format!("{path}.{name}"), value, leaves);
            }
        }
        Value::Null => {}
        Value::String(text) => {
            leaves.insert(path.to_owned(), text.clone());
        }
        other => {
            leaves.insert(path.to_owned(), other.to_string());
        }
    }
}

/// Ids, names of fields and switches are kept; addresses of staff and texts to candidates are not.
fn may_be_kept(value: &str) -> bool {
    !value.contains('@') && value.chars().count() <= 200
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_reported_and_addresses_are_only_said_to_have_changed() {
        let before = json!({"enabled": true, "icims": {"region": "us", "requester": [{"fixed": "a@example.test"}]}});
        let after = json!({"enabled": true, "icims": {"region": "eu", "requester": [{"fixed": "b@example.test"}]}});
        let message = between("settings", Some(&before), Some(&after)).unwrap();
        assert_eq!(
            message,
            [
                Difference {
                    field: "settings.icims.region".to_owned(),
                    before: Some("us".to_owned()),
                    after: Some("eu".to_owned())
                },
                Difference::changed("settings.icims.requester"),
            ]
        );
    }

    #[test]
    fn a_new_record_is_all_after() {
        let message = between("template.ae", None, Some(&json!({"survey": "s"}))).unwrap();
        assert_eq!((message[0].before.clone(), message[0].after.clone()), (None, Some("s".to_owned())));
    }
}
