//! What a status means, and what a refusal says (docs/vendors/crosschq.md §9.4): `{"errors":…}`, `{"detail":…}` or `{"field":["…"]}`. Only the
//! names of fields and a code are taken from it; the sentences may quote what we sent, which is personal data.

use http::header::RETRY_AFTER;
use serde_json::Value;
use time::OffsetDateTime;

use crate::crosschq::retry_after;
use crate::crosschq::transport::{misconfigured, unavailable};
use crate::http_exchange::Answer;
use crate::lenient::Text;
use crate::ports::ProviderError;

/// The most fields worth naming.
const MOST_FIELDS: usize = 10;
/// Keys that wrap or describe the refusal and are no fields.
const WRAPPERS: [&str; 3] = ["errors", "detail", "data"];
const NOT_FIELDS: [&str; 7] = ["code", "message", "status", "status_code", "error", "title", "non_field_errors"];

/// The body of a 2xx.
///
/// # Errors
/// The class of any other status.
pub(in super::super) fn success(answer: &Answer) -> Result<&[u8], ProviderError> {
    if !answer.status.is_success() {
        return Err(refusal(answer));
    }
    Ok(answer.body.as_deref().map_err(|lost| *lost)?)
}

/// What a status other than 2xx means where the caller knows no better.
pub(in super::super) fn refusal(answer: &Answer) -> ProviderError {
    let status = answer.status.as_u16();
    match status {
        300..=399 => misconfigured(format!(
            "Crosschq redirects ({status}): trailing slash, crosschq.base_url or crosschq.profile?"
        )),
        401 | 403 => ProviderError::Unauthorized,
        404 | 410 => ProviderError::NotFound,
        405 => misconfigured("Crosschq does not take this method there (405): crosschq.base_url or crosschq.profile?"),
        408 | 425 => unavailable(format!("status {status}")),
        429 => {
            let wait = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let after = wait.and_then(|value| retry_after::parse(value, OffsetDateTime::now_utc()));
            ProviderError::RateLimited { after }
        }
        400..=499 => ProviderError::Refused { fields: fields(body(answer)) },
        _ => unavailable(format!("status {status}")),
    }
}

/// The machine-readable code of a refusal.
pub(in super::super) fn code(answer: &Answer) -> Option<String> {
    let value: Value = serde_json::from_slice(body(answer)).ok()?;
    Text::of(value.get("code")?)
}

/// The body whatever the status; empty if it was lost.
fn body(answer: &Answer) -> &[u8] {
    answer.body.as_deref().unwrap_or_default()
}

/// The names of the fields that a refusal complains about, nested ones with dots; empty if it names none.
fn fields(body: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    if let Ok(value) = serde_json::from_slice(body) {
        collect(&value, "", &mut found);
    }
    found
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
