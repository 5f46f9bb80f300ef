//! A function's result as an HTTP response, by the rules of payload format 2.0.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// One of API Gateway's own responses: `{"message":"…"}`.
#[must_use]
pub fn message(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!(r#"{{"message":"{text}"}}"#)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The response for a payload. JSON without `statusCode` is the body of a 200; an invalid payload is API Gateway's 500.
#[must_use]
pub fn of_payload(payload: &[u8]) -> Response<Body> {
    let malformed = || message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
    let Ok(result) = serde_json::from_slice::<Value>(payload) else {
        return malformed();
    };
    if result.get("statusCode").is_none() {
        let mut response = Response::new(Body::from(payload.to_vec()));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        return response;
    }
    build(&result).unwrap_or_else(malformed)
}

fn build(result: &Value) -> Option<Response<Body>> {
    let status = &result["statusCode"];
    let code = status.as_u64().or_else(|| status.as_str()?.parse().ok())?;
    let text = match &result["body"] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let body = match result["isBase64Encoded"].as_bool() {
        Some(true) => STANDARD.decode(text).ok()?,
        _ => text.into_bytes(),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(u16::try_from(code).ok()?).ok()?;
    let headers = response.headers_mut();
    for (name, value) in result["headers"].as_object().into_iter().flatten() {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            _ => return None,
        };
        headers.append(HeaderName::try_from(name.as_str()).ok()?, HeaderValue::try_from(value).ok()?);
    }
    for cookie in result["cookies"].as_array().into_iter().flatten() {
        headers.append(SET_COOKIE, HeaderValue::try_from(cookie.as_str()?).ok()?);
    }
    if !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    // The HTTP server sets the length: a function may have counted the base64 text.
    headers.remove("content-length");
    Some(response)
}
