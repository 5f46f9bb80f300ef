//! `--set icims.region=eu` and `--unset icims.hosts`: changes of a record by the paths of its fields.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::failure::CliError;

/// The record of a `T` after all changes. What a text means follows from its field: it is taken as a text if the field
/// takes one, else as JSON or TOML, else as a list between commas. Whether the changed record holds together is for the
/// caller to check, once all changes are made: fields may depend on each other.
///
/// # Errors
/// Every change that cannot be made.
pub(crate) fn apply<T: DeserializeOwned>(record: &Value, set: &[String], unset: &[String]) -> Result<Value, CliError> {
    let mut changed = record.clone();
    let mut problems = Vec::new();
    // First what goes: hosts that are set win over a region.
    for path in unset {
        let removed = segments(path).is_some_and(|segments| remove(&mut changed, &segments));
        if !removed {
            problems.push(format!("--unset {path}: it is not set"));
        }
    }
    for assignment in set {
        match value_of::<T>(record, assignment) {
            Ok((segments, value)) => place(&mut changed, &segments, value),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        return Ok(changed);
    }
    Err(CliError::input(problems.join("\n  ")).fix("the matching `show` command prints the fields; nothing was saved"))
}

/// The path and the value of an assignment. Each reading is tried on the record as it was, alone: what is then wrong at
/// another field is the whole record's matter.
fn value_of<'a, T: DeserializeOwned>(record: &Value, assignment: &'a str) -> Result<(Vec<&'a str>, Value), String> {
    let (path, text) = assignment
        .split_once('=')
        .ok_or_else(|| format!("--set {assignment}: must be FIELD=VALUE, e.g. --set icims.region=eu"))?;
    let segments = segments(path).ok_or_else(|| format!("--set {assignment}: `{path}` names no field"))?;
    let mut problem = None;
    for value in readings(text.trim()) {
        let mut changed = record.clone();
        place(&mut changed, &segments, value.clone());
        match serde_path_to_error::deserialize::<_, T>(changed) {
            Err(error) if is_within(&error.path().to_string(), path.trim()) => {
                problem.get_or_insert_with(|| error.inner().to_string());
            }
            _ => return Ok((segments, value)),
        }
    }
    Err(format!("--set {}: {}", path.trim(), problem.unwrap_or_default()))
}

/// What a text may mean, the likeliest first: a status id is a text although it may look like a number.
fn readings(text: &str) -> Vec<Value> {
    let toml = toml::from_str::<Map<String, Value>>(&format!("value = {text}")).ok();
    let toml = toml.and_then(|mut table| table.remove("value"));
    if let Some(Value::String(quoted)) = toml {
        return vec![quoted.into()];
    }
    let list = text.split(',').map(|entry| Value::from(entry.trim())).collect();
    [Some(text.into()), serde_json::from_str(text).ok(), toml, Some(Value::Array(list))].into_iter().flatten().collect()
}

fn segments(path: &str) -> Option<Vec<&str>> {
    let segments: Vec<&str> = path.split('.').map(str::trim).collect();
    (!segments.iter().any(|segment| segment.is_empty())).then_some(segments)
}

fn is_within(place: &str, path: &str) -> bool {
    place.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Puts a value in its place. What stands where a table is needed gives way: `hiring_manager` may be a word or a table.
pub(crate) fn place(record: &mut Value, segments: &[&str], value: Value) {
    let mut at = record;
    for segment in segments {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[*segment];
    }
    *at = value;
}

/// Removes a field; `false` if it is not there.
fn remove(record: &mut Value, segments: &[&str]) -> bool {
    let Some((last, parents)) = segments.split_last() else { return false };
    let parent = parents.iter().try_fold(record, |at, segment| at.get_mut(*segment));
    parent.and_then(Value::as_object_mut).is_some_and(|fields| fields.remove(*last).is_some())
}

#[cfg(test)]
mod tests {
    use connector_core::domain::{Settings, Template};
    use serde_json::json;

    use super::*;

    fn settings() -> Value {
        json!({"enabled": true, "crosschq": {}, "icims": {
            "region": "us", "push": {"accept": ["basic"]}, "statuses": {"trigger": ["C1"]}, "requester": ["recruiter"]}})
    }

    fn template() -> Value {
        json!({"name": "A", "tag": "a", "survey": "s", "hiring_manager": "none", "references": {"managers": 1}})
    }

    fn set<T: DeserializeOwned>(record: &Value, assignments: &[&str]) -> Result<Value, CliError> {
        apply::<T>(record, &assignments.iter().map(|&it| it.to_owned()).collect::<Vec<_>>(), &[])
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
            ("icims.hosts.api_base=https://a.example", "/icims/hosts/api_base", json!("https://a.example")),
            (
                r#"icims.requester=["recruiter",{"fixed":"a@b.example"}]"#,
                "/icims/requester/1/fixed",
                json!("a@b.example"),
            ),
        ] {
            let changed = set::<Settings>(&settings(), &[assignment]).unwrap();
            assert_eq!(changed.pointer(pointer), Some(&value), "{assignment}");
        }
        for (assignment, pointer, value) in [
            ("references.peers=2", "/references/peers", json!(2)),
            ("survey=2019", "/survey", json!("2019")),
            ("name = \"Sales, AE\" ", "/name", json!("Sales, AE")),
            ("description=true story", "/description", json!("true story")),
            ("notifications.sms=false", "/notifications/sms", json!(false)),
            ("hiring_manager.fixed.email=p@a.example", "/hiring_manager/fixed/email", json!("p@a.example")),
            ("notes=[{note = \"x\"}]", "/notes/0/note", json!("x")),
        ] {
            let changed = set::<Template>(&template(), &[assignment]).unwrap();
            assert_eq!(changed.pointer(pointer), Some(&value), "{assignment}");
        }
    }

    #[test]
    fn every_change_that_cannot_be_made_is_reported() {
        let wrong = ["icims.region", "icims..x=1", "icims.region=mars", "crosschq.timeout_ms=soon", "enabled=false"];
        let error = set::<Settings>(&settings(), &wrong).unwrap_err();
        for (number, why) in
            ["must be FIELD=VALUE", "names no field", "--set icims.region: ", "--set crosschq.timeout_ms: "]
                .into_iter()
                .enumerate()
        {
            assert!(error.message.lines().nth(number).unwrap().contains(why), "{error}");
        }
        assert_eq!(error.message.lines().count(), 4, "{error}");
    }

    #[test]
    fn fields_that_depend_on_each_other_are_set_together() {
        let pair = ["icims.statuses.rejected=C1", "icims.statuses.trigger=C2"];
        let changed: Settings = serde_json::from_value(set::<Settings>(&settings(), &pair).unwrap()).unwrap();
        assert_eq!(changed.validate(), Ok(()));
    }

    #[test]
    fn a_field_that_is_taken_out_is_gone_and_one_that_is_not_set_is_reported() {
        let unset = |path: &str| apply::<Template>(&template(), &[], &[path.to_owned()]);
        assert_eq!(unset("references.managers").unwrap()["references"], json!({}));
        for path in ["position", "a.b", "references."] {
            assert!(unset(path).unwrap_err().message.contains("is not set"), "{path}");
        }
    }
}
