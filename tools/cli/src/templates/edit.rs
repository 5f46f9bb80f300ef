//! Changing a template's fields by their paths, e.g. `references.managers=2`.

use toml::{Table, Value};

use crate::failure::CliError;

/// Fields that hold a text: what is given for them is one, whatever it looks like.
const TEXTS: [&str; 13] = [
    "name",
    "tag",
    "description",
    "position",
    "survey",
    "candidate_message",
    "email_text",
    "sms_text",
    "first_name",
    "last_name",
    "email",
    "note",
    "relationship",
];

/// Sets the field that `assignment` (`path=value`) names. The value is TOML; what is no TOML is a text.
///
/// # Errors
/// If it is no assignment.
pub fn set(fields: &mut Table, assignment: &str) -> Result<(), CliError> {
    let Some((path, value)) = assignment.split_once('=') else {
        return Err(CliError::input(format!("--set {assignment}: there is no `=`"))
            .fix("write --set FIELD=VALUE, e.g. --set references.managers=2"));
    };
    let segments = segments(path)?;
    let (last, groups) = segments.split_last().ok_or_else(|| unnamed(path))?;
    let value = value.trim();
    let parsed = toml::from_str::<Table>(&format!("value = {value}")).ok().and_then(|mut it| it.remove("value"));
    let value = match parsed {
        Some(text @ Value::String(_)) => text,
        Some(other) if !TEXTS.contains(last) => other,
        _ => Value::String(value.to_owned()),
    };
    let mut place = fields;
    for group in groups {
        let entry = place.entry((*group).to_owned()).or_insert_with(|| Value::Table(Table::new()));
        if !entry.is_table() {
            *entry = Value::Table(Table::new());
        }
        place = entry.as_table_mut().ok_or_else(|| unnamed(path))?;
    }
    place.insert((*last).to_owned(), value);
    Ok(())
}

/// Removes the field of a path, so that its default holds.
///
/// # Errors
/// If there is none.
pub fn unset(fields: &mut Table, path: &str) -> Result<(), CliError> {
    let segments = segments(path)?;
    let (last, groups) = segments.split_last().ok_or_else(|| unnamed(path))?;
    let absent =
        || CliError::input(format!("--unset {path}: it is not set")).fix("`connector template show` lists what is set");
    let mut place = fields;
    for group in groups {
        place = place.get_mut(*group).and_then(Value::as_table_mut).ok_or_else(absent)?;
    }
    place.remove(*last).map(drop).ok_or_else(absent)
}

fn segments(path: &str) -> Result<Vec<&str>, CliError> {
    let segments: Vec<&str> = path.trim().split('.').map(str::trim).collect();
    if segments.iter().any(|segment| segment.is_empty()) { Err(unnamed(path)) } else { Ok(segments) }
}

fn unnamed(path: &str) -> CliError {
    CliError::input(format!("`{path}` names no field")).fix("write it as in TOML, e.g. notifications.sms")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Table {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn fields_are_set_by_path_and_texts_stay_texts() {
        let mut template = fields("name = \"A\"\nhiring_manager = \"none\"\nreferences = {managers = 1}");
        for assignment in [
            "references.peers=2",
            "survey=2019",
            "name = \"Sales, AE\" ",
            "description=true story",
            "notifications.sms=false",
            "hiring_manager.fixed.email=pat@customer.example",
            "notes=[{note = \"x\"}]",
        ] {
            set(&mut template, assignment).unwrap();
        }
        let expected = fields(
            "name = \"Sales, AE\"\nsurvey = \"2019\"\ndescription = \"true story\"\nnotifications = {sms = false}\n\
             references = {managers = 1, peers = 2}\nhiring_manager = {fixed = {email = \"pat@customer.example\"}}\n\
             notes = [{note = \"x\"}]",
        );
        assert_eq!(template, expected);
    }

    #[test]
    fn fields_are_unset_by_path_and_what_is_not_set_is_told() {
        let mut template = fields("references = {managers = 1, peers = 2}\nposition = \"P\"");
        unset(&mut template, "references.peers").unwrap();
        unset(&mut template, "position").unwrap();
        assert_eq!(template, fields("references = {managers = 1}"));
        for (path, told) in [("position", "is not set"), ("a.b", "is not set"), ("references.", "names no field")] {
            assert!(unset(&mut template, path).unwrap_err().message.contains(told), "{path}");
        }
        assert!(set(&mut template, "x").unwrap_err().message.contains("no `=`"));
    }
}
