//! The AWS JSON protocols, as far as requests and errors look alike in all services.

use axum::body::Body;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// How a service spells its answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Protocol {
    /// `application/x-amz-json-1.0`: DynamoDB and SQS.
    Json10,
    /// `application/x-amz-json-1.1`: Secrets Manager.
    Json11,
}

impl Protocol {
    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Protocol::Json10 => "application/x-amz-json-1.0",
            Protocol::Json11 => "application/x-amz-json-1.1",
        })
    }
}

/// An error as AWS answers it.
#[derive(Debug, Clone)]
pub(super) struct AwsError {
    status: StatusCode,
    shape: String,
    /// The code of the service's old query protocol, which the SDKs go by where it is given.
    query_code: Option<String>,
    message: String,
}

impl AwsError {
    /// The caller's fault. `shape` is the error's name, with its namespace where the service sends one.
    pub(super) fn sender(shape: &str, message: impl Into<String>) -> AwsError {
        AwsError { status: StatusCode::BAD_REQUEST, shape: shape.to_owned(), query_code: None, message: message.into() }
    }

    /// Ours: HTTP 500.
    pub(super) fn internal(message: impl Into<String>) -> AwsError {
        AwsError {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            shape: "InternalFailure".to_owned(),
            query_code: None,
            message: message.into(),
        }
    }

    /// The same error with the code that the query protocol had for it.
    pub(super) fn with_query_code(mut self, code: &str) -> AwsError {
        self.query_code = Some(code.to_owned());
        self
    }

    /// The same error with another HTTP status.
    pub(super) fn with_status(mut self, status: StatusCode) -> AwsError {
        self.status = status;
        self
    }

    /// The code that a batch entry's failure carries: the query protocol's, else the shape's name.
    pub(super) fn code(&self) -> &str {
        self.query_code.as_deref().unwrap_or_else(|| self.shape.rsplit_once('#').map_or(&*self.shape, |(_, name)| name))
    }

    /// What is wrong, in words.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// True where the caller is at fault.
    pub(super) fn is_senders(&self) -> bool {
        self.status.is_client_error()
    }

    /// The error as an HTTP answer.
    pub(super) fn into_response(self, protocol: Protocol) -> Response<Body> {
        let fault = if self.is_senders() { "Sender" } else { "Receiver" };
        let query_error =
            self.query_code.as_ref().and_then(|code| HeaderValue::from_str(&format!("{code};{fault}")).ok());
        // Secrets Manager writes "Message" in places, SQS and DynamoDB "message"; the SDKs read either.
        let body = json!({"__type": self.shape, "message": self.message});
        let mut response = respond(self.status, protocol, &body);
        if let Some(query_error) = query_error {
            response.headers_mut().insert(HeaderName::from_static("x-amzn-query-error"), query_error);
        }
        response
    }
}

impl From<rusqlite::Error> for AwsError {
    fn from(error: rusqlite::Error) -> AwsError {
        // SQLite's words name tables and columns of ours, never a stored value.
        AwsError::internal(format!("local storage failed: {error}"))
    }
}

/// An answer with a JSON body and a request id.
pub(super) fn respond(status: StatusCode, protocol: Protocol, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, protocol.content_type());
    if let Ok(id) = HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()) {
        response.headers_mut().insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    response
}

/// Reads an operation's input.
///
/// # Errors
/// `SerializationException`, with what is wrong and where, but never with the input itself.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, AwsError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => "a member is missing or of the wrong type",
            _ => "the body is no JSON object",
        };
        AwsError::sender(
            "com.amazon.coral.service#SerializationException",
            format!("{what} (line {}, column {})", error.line(), error.column()),
        )
    })
}
