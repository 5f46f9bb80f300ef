//! `--set icims.region=eu` and `--unset icims.hosts`.

use connector_core::domain::Settings;
use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::checked;
use crate::failure::CliError;

/// Sets a field by its path. What the text means follows from the field: a list takes its entries between commas, and
/// what is no text is read as JSON.
///
/// # Errors
/// If there is no such field, or it does not take the value.
pub fn set(record: &Value, assignment: &str) -> Result<Value, CliError> {
    let (path, text) = assignment.split_once('=').ok_or_else(|| {
        CliError::input(format!("--set {assignment}: must be FIELD=VALUE")).fix("e.g. --set icims.region=eu")
    })?;
    let (path, text) = (path.trim(), text.trim());
    let list = Value::Array(text.split(',').map(|entry| Value::from(entry.trim())).collect());
    let as_json: Option<Value> = serde_json::from_str(text).ok();
    let mut changed = record.clone();
    // A status id is a text although it may look like a number; so a text goes first.
    for value in [Some(Value::from(text)), as_json, Some(list)].into_iter().flatten() {
        place(&mut changed, path, Some(value))?;
        if Settings::deserialize(&changed).is_ok() {
            break;
        }
    }
    checked(&changed).map_err(|error| CliError { message: format!("--set {path}: {}", error.message), ..error })?;
    Ok(changed)
}

/// Takes a field out, so that its default is in force.
///
/// # Errors
/// If it is not there, or may not be left out.
pub fn unset(record: &Value, path: &str) -> Result<Value, CliError> {
    let mut changed = record.clone();
    place(&mut changed, path.trim(), None)?;
    checked(&changed).map_err(|error| CliError { message: format!("--unset {path}: {}", error.message), ..error })?;
    Ok(changed)
}

fn place(record: &mut Value, path: &str, value: Option<Value>) -> Result<(), CliError> {
    let no_field = || {
        CliError::input(format!("{path}: there is no such field")).fix("name it as `customer show --output json` does")
    };
    let (parents, last) = match path.rsplit_once('.') {
        Some((parents, last)) => (parents.split('.').collect(), last),
        None => (Vec::new(), path),
    };
    let mut at = record;
    for parent in parents {
        let fields = at.as_object_mut().ok_or_else(no_field)?;
        at = fields.entry(parent).or_insert_with(|| Value::Object(Map::new()));
    }
    let fields = at.as_object_mut().ok_or_else(no_field)?;
    match value {
        Some(value) => {
            fields.insert(last.to_owned(), value);
        }
        None => {
            fields.remove(last).ok_or_else(|| {
                CliError::input(format!("--unset {path}: it is not set")).fix("`customer show` tells what is set")
            })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record() -> Value {
        json!({"enabled": true, "crosschq": {}, "icims": {
            "region": "us", "push": {"accept": ["basic"]}, "statuses": {"trigger": ["C1"]}, "requester": ["recruiter"]}})
    }

    #[test]
    fn a_value_is_read_as_its_field_takes_it() {
        for (assignment, pointer, value) in [
            ("icims.region=eu", "/icims/region", json!("eu")),
            ("icims.integration_user=900", "/icims/integration_user", json!("900")),
            ("crosschq.timeout_ms=5000", "/crosschq/timeout_ms", json!(5000)),
            ("icims.cancel_on_reject=false", "/icims/cancel_on_reject", json!(false)),
            ("icims.statuses.rejected=C2, C3", "/icims/statuses/rejected", json!(["C2", "C3"])),
            ("icims.statuses.trigger=C9", "/icims/statuses/trigger", json!(["C9"])),
            ("crosschq.status_words.hecho=completed", "/crosschq/status_words/hecho", json!("completed")),
            (
                r#"icims.requester=["recruiter",{"fixed":"a@b.example"}]"#,
                "/icims/requester/1/fixed",
                json!("a@b.example"),
            ),
        ] {
            let changed = set(&record(), assignment).unwrap();
            assert_eq!(changed.pointer(pointer), Some(&value), "{assignment}");
        }
    }

    #[test]
    fn what_cannot_be_set_says_why() {
        for (assignment, why) in [
            ("icims.region", "must be FIELD=VALUE"),
            ("icims.regoin=eu", "regoin"),
            ("icims.region=mars", "settings.icims.region"),
            ("icims.region=ca", "settings.icims.hosts: iCIMS publishes no hosts"),
            ("icims.region.x=1", "there is no such field"),
            ("crosschq.timeout_ms=soon", "settings.crosschq.timeout_ms"),
            ("crosschq.timeout_ms=28000", "settings.crosschq.timeout_ms: 1000 to 15000 milliseconds"),
            ("icims.stage_statuses.completed=C1", "would call us back in a loop"),
        ] {
            let told = set(&record(), assignment).unwrap_err().message;
            assert!(told.contains(why), "{assignment}: {told}");
        }
    }

    #[test]
    fn a_field_that_is_taken_out_gets_its_default_and_one_that_must_be_there_stays() {
        let hosts = set(&record(), "icims.template_field=field7").unwrap();
        assert!(unset(&hosts, "icims.template_field").unwrap()["icims"].get("template_field").is_none());
        assert!(unset(&record(), "icims.template_field").unwrap_err().message.contains("is not set"));
        assert!(unset(&record(), "icims.statuses").unwrap_err().message.contains("statuses"));
    }
}
