//! Control answers: JSON, and refusals that name the field.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Why a control call was refused.
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    field: Option<String>,
    message: String,
}

impl Refused {
    pub(crate) fn field(field: &str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, field: Some(field.to_owned()), message: message.into() }
    }

    pub(crate) fn unknown(what: &str, name: impl std::fmt::Display) -> Self {
        Self { status: StatusCode::NOT_FOUND, field: None, message: format!("there is no {what} {name}") }
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self { status: StatusCode::CONFLICT, field: None, message: message.into() }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        told(self.status, &json!({"error": {"field": self.field, "message": self.message}}))
    }
}

pub(crate) type Answered = Result<Response, Refused>;

fn told(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], format!("{body:#}\n")).into_response()
}

/// 200 and the value.
pub(crate) fn ok(value: &impl Serialize) -> Answered {
    let value = serde_json::to_value(value).map_err(|why| Refused::conflict(why.to_string()))?;
    Ok(told(StatusCode::OK, &value))
}

/// Reads a body; an empty one counts as `{}`.
pub(crate) fn body<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Refused> {
    let text: &[u8] = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { bytes };
    let mut reader = serde_json::Deserializer::from_slice(text);
    serde_path_to_error::deserialize(&mut reader)
        .map_err(|why| named(&why.path().to_string(), &why.inner().to_string()))
}

/// Reads a value; the path in a refusal is the one inside it.
pub(crate) fn value<T: DeserializeOwned>(value: Value) -> Result<T, Refused> {
    serde_path_to_error::deserialize(value).map_err(|why| named(&why.path().to_string(), &why.inner().to_string()))
}

fn named(path: &str, message: &str) -> Refused {
    // An unknown or missing key is named in the message only.
    let quoted = message
        .split('`')
        .nth(1)
        .filter(|_| message.starts_with("missing field") || message.starts_with("unknown field"));
    // A map whose key is wrong is as far as a path goes.
    let path = path.trim_end_matches(".?");
    let field = match (path, quoted) {
        ("." | "?", Some(key)) => key.to_owned(),
        ("." | "?", None) => "(body)".to_owned(),
        (path, Some(key)) if message.starts_with("missing field") => format!("{path}.{key}"),
        (path, _) => path.to_owned(),
    };
    Refused::field(&field, message)
}

/// A JSON merge patch (RFC 7396).
pub(crate) fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    target.remove(&key);
                } else {
                    merge(target.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (target, patch) => *target = patch,
    }
}

/// Applies a merge patch to settings and checks that settings come out.
pub(crate) fn patched<T: Serialize + DeserializeOwned>(settings: &T, patch: Value) -> Result<T, Refused> {
    let mut merged = serde_json::to_value(settings).map_err(|why| Refused::conflict(why.to_string()))?;
    replace_tagged(&mut merged, &patch);
    merge(&mut merged, patch);
    value(merged)
}

/// Empties every object that the patch gives a new `kind`, so that merging replaces it.
fn replace_tagged(target: &mut Value, patch: &Value) {
    let (Some(object), Some(patch)) = (target.as_object_mut(), patch.as_object()) else {
        return;
    };
    if patch.contains_key("kind") {
        object.clear();
        return;
    }
    for (key, value) in patch {
        if let Some(inner) = object.get_mut(key) {
            replace_tagged(inner, value);
        }
    }
}
