//! Refusals of the control plane, which name the wrong field.

use std::fmt::Display;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
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

    pub(crate) fn not_found(why: impl Display) -> Self {
        Self { status: StatusCode::NOT_FOUND, field: None, message: why.to_string() }
    }

    pub(crate) fn unknown(what: &str, name: impl Display) -> Self {
        Self::not_found(format!("there is no {what} {name}"))
    }

    pub(crate) fn conflict(why: impl Display) -> Self {
        Self { status: StatusCode::CONFLICT, field: None, message: why.to_string() }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({"error": {"field": self.field, "message": self.message}});
        (self.status, axum::Json(body)).into_response()
    }
}

/// Reads a body; an empty one counts as `{}`.
pub(super) fn parse_body<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Refused> {
    let text: &[u8] = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { bytes };
    let mut reader = serde_json::Deserializer::from_slice(text);
    serde_path_to_error::deserialize(&mut reader).map_err(|why| named(&why))
}

/// Reads a value; a refusal names the path inside it.
pub(super) fn parse_value<T: DeserializeOwned>(value: Value) -> Result<T, Refused> {
    serde_path_to_error::deserialize(value).map_err(|why| named(&why))
}

fn named(why: &serde_path_to_error::Error<serde_json::Error>) -> Refused {
    let message = why.inner().to_string();
    // An unknown or missing key is named in the message only.
    let quoted = message
        .split('`')
        .nth(1)
        .filter(|_| message.starts_with("missing field") || message.starts_with("unknown field"));
    let path = why.path().to_string();
    // A path ends at the map that has a wrong key.
    let path = path.trim_end_matches(".?");
    let field = match (path, quoted) {
        ("." | "?", Some(key)) => key.to_owned(),
        ("." | "?", None) => "(body)".to_owned(),
        (path, Some(key)) if message.starts_with("missing field") => format!("{path}.{key}"),
        (path, _) => path.to_owned(),
    };
    Refused::field(&field, message)
}
