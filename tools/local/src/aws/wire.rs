//! Errors and responses in the protocols of all services.

use axum::body::Body;
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::query;

/// The encoding of a service's responses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Protocol {
    /// `application/x-amz-json-1.0`: DynamoDB and SQS.
    Json10,
    /// `application/x-amz-json-1.1`: Secrets Manager.
    Json11,
    /// Forms in, XML of this name space out: CloudFormation and STS.
    Query(&'static str),
}

impl Protocol {
    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Protocol::Json10 => "application/x-amz-json-1.0",
            Protocol::Json11 => "application/x-amz-json-1.1",
            Protocol::Query(_) => "text/xml",
        })
    }
}

/// An error response of AWS.
#[derive(Debug, Clone)]
pub(super) struct AwsError {
    status: StatusCode,
    shape: String,
    /// The code of the service's old query protocol, which the SDKs prefer.
    query_code: Option<String>,
    message: String,
}

impl AwsError {
    /// An error of the caller. `shape` is the error's name, with its namespace where the service sends one.
    pub(super) fn sender(shape: &str, message: impl Into<String>) -> AwsError {
        AwsError { status: StatusCode::BAD_REQUEST, shape: shape.to_owned(), query_code: None, message: message.into() }
    }

    /// An error of the endpoint: HTTP 500.
    pub(super) fn internal(message: impl Into<String>) -> AwsError {
        AwsError {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            shape: "InternalFailure".to_owned(),
            query_code: None,
            message: message.into(),
        }
    }

    /// A call that the endpoint does not implement.
    pub(super) fn unknown_operation(target: &str) -> AwsError {
        AwsError::sender(
            "com.amazon.coral.service#UnknownOperationException",
            format!("the local endpoint does not implement {target:?}"),
        )
    }

    pub(super) fn with_query_code(mut self, code: &str) -> AwsError {
        self.query_code = Some(code.to_owned());
        self
    }

    pub(super) fn with_status(mut self, status: StatusCode) -> AwsError {
        self.status = status;
        self
    }

    /// The code that a batch entry's failure carries: the query protocol's, else the shape's name.
    pub(super) fn code(&self) -> &str {
        self.query_code.as_deref().unwrap_or_else(|| self.shape.rsplit_once('#').map_or(&*self.shape, |(_, name)| name))
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn is_client_error(&self) -> bool {
        self.status.is_client_error()
    }

    pub(super) fn into_response(self, protocol: Protocol) -> Response<Body> {
        let fault = if self.is_client_error() { "Sender" } else { "Receiver" };
        let query_error =
            self.query_code.as_ref().and_then(|code| HeaderValue::from_str(&format!("{code};{fault}")).ok());
        // Secrets Manager writes "Message" in places, SQS and DynamoDB "message"; the SDKs read either.
        let body = json!({"__type": self.shape, "message": self.message});
        let mut response = match protocol {
            Protocol::Query(namespace) => {
                let body = query::error(namespace, fault, self.code(), &self.message);
                respond_with(self.status, protocol, body.into())
            }
            _ => respond(self.status, protocol, &body),
        };
        if let Some(query_error) = query_error {
            response.headers_mut().insert(HeaderName::from_static("x-amzn-query-error"), query_error);
        }
        response
    }
}

impl From<rusqlite::Error> for AwsError {
    fn from(error: rusqlite::Error) -> AwsError {
        // SQLite's messages name tables and columns, never a stored value.
        AwsError::internal(format!("local storage failed: {error}"))
    }
}

/// A response with an encoded body and a request id. [`query::response`] makes those of the query protocol.
pub(super) fn respond(status: StatusCode, protocol: Protocol, body: &Value) -> Response<Body> {
    respond_with(status, protocol, body.to_string().into())
}

/// A response with an encoded body and a request id.
pub(super) fn respond_with(status: StatusCode, protocol: Protocol, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
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
/// `SerializationException` with the kind of problem and its position, never with the input itself.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, AwsError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => "a member is missing or of the wrong type",
            _ => "the body is not a JSON object",
        };
        AwsError::sender(
            "com.amazon.coral.service#SerializationException",
            format!("{what} (line {}, column {})", error.line(), error.column()),
        )
    })
}
