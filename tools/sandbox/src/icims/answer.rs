//! The shapes of iCIMS' answers: errors in headers and body, warnings in a success, and what stands on every answer.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::App;
use crate::state::World;

const DAY_MS: i64 = 86_400_000;

/// Codes of docs/vendors/icims.md §5.2; 5 is not documented, the sandbox uses it for a value that a field cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Internal = 0,
    FieldRequired = 1,
    NotFound = 2,
    AccessDenied = 3,
    FieldCase = 4,
    InvalidValue = 5,
    BadCredentials = 9,
}

/// One error or warning.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    pub(crate) code: Code,
    pub(crate) field: Option<String>,
    pub(crate) message: String,
}

impl ApiError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, field: None, message: message.into() }
    }

    pub(crate) fn of_field(code: Code, field: &str, message: impl Into<String>) -> Self {
        Self { code, field: Some(field.to_owned()), message: message.into() }
    }

    /// `<code>:<detail>` or `<code>:<fieldid>:<detail>`.
    fn header(&self) -> Option<HeaderValue> {
        let text = match &self.field {
            Some(field) => format!("{}:{}:{}", self.code as u8, field, self.message),
            None => format!("{}:{}", self.code as u8, self.message),
        };
        let visible: String = text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
        HeaderValue::from_str(&visible).ok()
    }

    fn body(&self) -> Value {
        let message = match &self.field {
            Some(field) => format!("{field}: {}", self.message),
            None => self.message.clone(),
        };
        json!({"errorMessage": message, "errorCode": self.code as u8})
    }
}

/// A refusal: a status and why.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) errors: Vec<ApiError>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, error: ApiError) -> Self {
        Self { status, errors: vec![error] }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, ApiError::new(Code::NotFound, format!("{what} not found.")))
    }

    pub(crate) fn access_denied(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, ApiError::new(Code::AccessDenied, format!("Access to {what} denied.")))
    }

    pub(crate) fn bad_credentials() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, ApiError::new(Code::BadCredentials, "Authentication credentials invalid"))
    }

    pub(crate) fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ApiError::of_field(Code::InvalidValue, field, message))
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ApiError::new(Code::InvalidValue, message))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let errors: Vec<Value> = self.errors.iter().map(ApiError::body).collect();
        let mut response = json_response(self.status, &json!({"errors": errors}));
        for error in &self.errors {
            if let Some(value) = error.header() {
                response.headers_mut().append("x-error", value);
            }
        }
        response
    }
}

pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    content_type.is_some_and(|v| v.starts_with("application/json"))
}

pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json;charset=UTF-8")], body.to_string()).into_response()
}

/// 200 with a body, to which warnings are added.
pub(crate) fn found(mut body: Value, warnings: &[ApiError]) -> Response {
    if let (false, Some(body)) = (warnings.is_empty(), body.as_object_mut()) {
        body.insert("warnings".to_owned(), warnings.iter().map(ApiError::body).collect());
    }
    with_warnings(json_response(StatusCode::OK, &body), warnings)
}

fn with_warnings(mut response: Response, warnings: &[ApiError]) -> Response {
    for warning in warnings {
        if let Some(value) = warning.header() {
            response.headers_mut().append("x-warning", value);
        }
    }
    response
}

/// The answer to a PATCH: 204 without a body, or 200 with the warnings when there are any.
pub(crate) fn changed(location: Option<&str>, warnings: &[ApiError]) -> Response {
    let mut response =
        if warnings.is_empty() { StatusCode::NO_CONTENT.into_response() } else { found(json!({}), warnings) };
    if let Some(value) = location.and_then(|l| HeaderValue::from_str(l).ok()) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// The answer to a POST: 201, `Location`, and an empty body with the content type that was recorded
/// (docs/vendors/icims.md §4.1).
pub(crate) fn created(location: &str) -> Response {
    (
        StatusCode::CREATED,
        [
            (header::LOCATION, location),
            (header::CONTENT_TYPE, "application/octet-stream"),
            (header::CONTENT_LENGTH, "0"),
        ],
        Body::empty(),
    )
        .into_response()
}

/// An error that is not about a certain call, such as a fault.
pub(crate) fn error_response(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let code = if status == StatusCode::UNAUTHORIZED { Code::BadCredentials } else { Code::Internal };
    Refusal::new(status, ApiError::new(code, message)).into_response()
}

/// Seconds until 00:00 UTC, the value of `x-ratelimit-reset` (docs/vendors/icims.md §6).
pub(crate) fn seconds_to_midnight(now_ms: i64) -> i64 {
    (DAY_MS - now_ms.rem_euclid(DAY_MS)).div_euclid(1000)
}

/// Counts one call against the customer's daily quota; false when it is spent.
pub(crate) fn spend_quota(world: &mut World, customer: &str) -> bool {
    let today = world.now_ms().div_euclid(DAY_MS);
    let Some(customer) = world.icims.customers.get_mut(customer) else {
        return true;
    };
    if customer.quota.day != today {
        customer.quota.day = today;
        customer.quota.used = 0;
    }
    if customer.quota.used >= customer.settings.quota {
        return false;
    }
    customer.quota.used += 1;
    true
}

/// The customer that a path names.
pub(super) fn customer_in(path: &str) -> &str {
    path.strip_prefix("/customers/").and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

/// Puts the headers on an answer that every iCIMS answer has (docs/vendors/icims.md §1.5, §6).
pub(crate) fn decorate(app: &App, path: &str, response: &mut Response) {
    let customer = customer_in(path);
    let (now, limit, used) = app.read(|world| {
        let now = world.now_ms();
        let quota = world.icims.customers.get(customer).map_or((10_000, 0), |c| {
            let used = if c.quota.day == now.div_euclid(DAY_MS) { c.quota.used } else { 0 };
            (c.settings.quota, used)
        });
        (now, quota.0, quota.1)
    });
    let headers = response.headers_mut();
    let mut put = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("strict-transport-security", "max-age=7776000".to_owned());
    put("cache-control", "no-cache, no-store, must-revalidate".to_owned());
    put("x-transaction", uuid::Uuid::new_v4().to_string());
    put("x-ratelimit-limit", limit.to_string());
    put("x-ratelimit-remaining", limit.saturating_sub(used).to_string());
    put("x-ratelimit-reset", seconds_to_midnight(now).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_resets_at_midnight_utc_as_recorded() {
        assert_eq!(seconds_to_midnight((21 * 3600 + 25 * 60 + 1) * 1000), 9299);
        assert_eq!(seconds_to_midnight((22 * 3600 + 8 * 60 + 27) * 1000), 6693);
        assert_eq!(seconds_to_midnight(0), 86_400);
    }
}
