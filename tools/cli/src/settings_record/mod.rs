//! The record `settings` as people write it: TOML or JSON files, single assignments, an editor.

mod edit;

use connector_core::aws::settings_from;
use connector_core::domain::Settings;
use serde_json::{Map, Value, json};

pub(crate) use edit::edit;

use crate::failure::CliError;

/// A record that says nothing but what it must: what differs from it is not default.
pub(crate) fn least() -> Value {
    json!({"enabled": false, "crosschq": {}, "icims": {"push": {"accept": []}, "statuses": {"trigger": []}}})
}

/// The settings of a record, checked as the functions check them.
///
/// # Errors
/// The field and what is wrong with it, without its value.
pub(crate) fn checked(record: &Value) -> Result<Settings, CliError> {
    settings_from(record).map_err(|why| {
        CliError::input(format!("settings.{why}")).fix("every field is described in shared/src/domain/settings")
    })
}

/// Settings as a record.
pub(crate) fn record_of(settings: &Settings) -> Result<Value, CliError> {
    serde_json::to_value(settings).map_err(|error| CliError::internal(format!("settings: {error}")))
}

/// Settings as TOML, to be edited.
pub(crate) fn to_toml(settings: &Settings) -> Result<String, CliError> {
    toml::to_string_pretty(settings).map_err(|error| CliError::internal(format!("settings: {error}")))
}

/// A whole record from a file, TOML or JSON.
///
/// # Errors
/// If the file cannot be read, or is neither.
pub(crate) fn from_file(path: &str) -> Result<Value, CliError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        CliError::input(format!("--settings {path}: {error}")).fix("name a readable TOML or JSON file")
    })?;
    from_text(&text).map_err(|why| CliError::input(format!("--settings {path}: {why}")).fix("write TOML or JSON"))
}

/// A whole record from TOML or JSON.
///
/// # Errors
/// Where it is neither, without quoting it.
pub(crate) fn from_text(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text)
            .map_err(|error| format!("is no JSON (line {}, column {})", error.line(), error.column()));
    }
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text.get(..span.start).unwrap_or_default().lines().count().max(1));
        format!("is no TOML (line {line})")
    })
}

/// Puts the fields of `over` into `record`, table by table.
pub(crate) fn merge(record: &mut Value, over: Value) {
    match (record, over) {
        (Value::Object(fields), Value::Object(over)) => {
            for (name, value) in over {
                merge(fields.entry(name).or_insert_with(|| Value::Object(Map::new())), value);
            }
        }
        (record, over) => *record = over,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_the_way_through_an_editor() {
        let mut record = least();
        merge(
            &mut record,
            json!({"icims": {"region": "us", "push": {"accept": ["basic", "path_secret"]}, "statuses": {"trigger": ["C1"]},
                             "requester": ["recruiter", {"fixed": "staff@example.test"}]},
                   "crosschq": {"status_words": {"hecho": "completed"}}}),
        );
        let settings = checked(&record).unwrap();
        let again = checked(&from_text(&to_toml(&settings).unwrap()).unwrap()).unwrap();
        assert_eq!(again, settings);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field_and_never_quoted() {
        let mut record = least();
        merge(&mut record, json!({"icims": {"regoin": "hunter2"}}));
        let message = checked(&record).unwrap_err().to_string();
        assert!(message.contains("regoin") && !message.contains("hunter2"), "{message}");
        assert_eq!(from_text("a = hunter2").unwrap_err(), "is no TOML (line 1)");
        assert_eq!(from_text("{\"a\": hunter2}").unwrap_err(), "is no JSON (line 1, column 7)");
    }
}
