//! The shapes of Crosschq's answers, in the habits of Django REST Framework (docs/vendors/crosschq.md §1.5, §9.4).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::settings::ErrorStyle;

pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response {
    (status, [(axum::http::header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

pub(crate) fn detail(status: StatusCode, message: &str) -> Response {
    json_response(status, &json!({"detail": message}))
}

pub(crate) fn not_found() -> Response {
    detail(StatusCode::NOT_FOUND, "Not found.")
}

/// An error that is not about a certain call, such as a fault.
pub(crate) fn error_response(status: u16, message: &str) -> Response {
    detail(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), message)
}

/// What is wrong with which field of an order.
#[derive(Debug, Default)]
pub(crate) struct FieldErrors(Vec<(String, String)>);

impl FieldErrors {
    pub(crate) fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push((field.to_owned(), message.into()));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// 400 in the style that the organization is set to.
    pub(crate) fn response(self, style: ErrorStyle) -> Response {
        if style == ErrorStyle::Detail {
            let text: Vec<String> = self.0.iter().map(|(field, message)| format!("{field}: {message}")).collect();
            return detail(StatusCode::BAD_REQUEST, &text.join(" "));
        }
        let mut fields = Map::new();
        for (field, message) in self.0 {
            nest(&mut fields, &field, message);
        }
        let fields = Value::Object(fields);
        json_response(
            StatusCode::BAD_REQUEST,
            &if style == ErrorStyle::Errors { json!({"errors": fields}) } else { fields },
        )
    }
}

/// `candidate.email` becomes `{"candidate":{"email":["…"]}}`.
fn nest(fields: &mut Map<String, Value>, path: &str, message: String) {
    match path.split_once('.') {
        None => {
            let messages = fields.entry(path).or_insert_with(|| json!([]));
            if let Some(messages) = messages.as_array_mut() {
                messages.push(Value::String(message));
            }
        }
        Some((head, rest)) => {
            if let Some(inner) = fields.entry(head).or_insert_with(|| json!({})).as_object_mut() {
                nest(inner, rest, message);
            }
        }
    }
}
