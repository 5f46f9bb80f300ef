//! What a refusal says (docs/vendors/crosschq.md §9.4): `{"errors":…}`, `{"detail":…}` or `{"field":["…"]}`. Only the
//! names of fields and a code are taken from it; the sentences may quote what we sent, which is personal data.

use serde_json::Value;

use super::lenient;

/// The most fields worth naming.
const MOST_FIELDS: usize = 10;
/// Keys that wrap or describe the refusal and are no fields.
const WRAPPERS: [&str; 3] = ["errors", "detail", "data"];
const NOT_FIELDS: [&str; 7] = ["code", "message", "status", "status_code", "error", "title", "non_field_errors"];

/// The names of the fields that a refusal complains about, nested ones with dots; empty if it names none.
pub(in super::super) fn fields(body: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    if let Ok(value) = serde_json::from_slice(body) {
        collect(&value, "", &mut found);
    }
    found
}

/// The machine-readable code of a refusal.
pub(in super::super) fn code(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    lenient::as_text(value.get("code")?)
}

fn collect(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(entries) => {
            for entry in entries.iter().filter(|entry| entry.is_object() || entry.is_array()) {
                collect(entry, path, found);
            }
        }
        Value::Object(object) => {
            if let Some(Value::String(name)) = object.get("field") {
                return push(name, found);
            }
            for (key, inner) in object {
                if WRAPPERS.contains(&key.as_str()) {
                    collect(inner, path, found);
                } else if !NOT_FIELDS.contains(&key.as_str()) {
                    let here = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    if holds_objects(inner) { collect(inner, &here, found) } else { push(&here, found) }
                }
            }
        }
        _ => {}
    }
}

fn holds_objects(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(entries) => entries.iter().any(Value::is_object),
        _ => false,
    }
}

/// Keeps what looks like a name of theirs; anything else may be a value.
fn push(name: &str, found: &mut Vec<String>) {
    let is_name = !name.is_empty()
        && name.len() <= 60
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.'));
    if is_name && found.len() < MOST_FIELDS && !found.iter().any(|known| known == name) {
        found.push(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_in_every_known_form_and_values_never() {
        let cases: [(&str, &[&str]); 10] = [
            (r#"{"jobrole":["Unknown."]}"#, &["jobrole"]),
            (
                r#"{"candidate":{"email":["ada@ is not an address"],"first_name":["x"]}}"#,
                &["candidate.email", "candidate.first_name"],
            ),
            (r#"{"errors":{"config_params":{"peers":["too many"]}}}"#, &["config_params.peers"]),
            (r#"{"errors":[{"field":"requestor","message":"no such user"}]}"#, &["requestor"]),
            (r#"{"detail":{"job_position":"too long"}}"#, &["job_position"]),
            (r#"{"references":[{"email":["bad"]},{"email":["bad"]}]}"#, &["references.email"]),
            (r#"{"errors":"A request exists","code":"x","non_field_errors":["y"]}"#, &[]),
            (r#"{"detail":"ada@example.com is bad"}"#, &[]),
            (r#"{"ada@example.com":["bad"],"Ada":["bad"]}"#, &[]),
            ("<html>", &[]),
        ];
        for (body, expected) in cases {
            assert_eq!(fields(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn at_most_ten_fields_are_named() {
        let body: serde_json::Map<_, _> = (0..50).map(|n| (format!("field_{n}"), serde_json::json!(["x"]))).collect();
        assert_eq!(fields(&serde_json::to_vec(&body).unwrap()).len(), 10);
    }
}
