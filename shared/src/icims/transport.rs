//! A request as iCIMS takes it, and its time limit.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use url::Url;

use super::multipart::FileBody;
use crate::http_exchange::{self, Answer, Lost, MAX_RESPONSE_BYTES};
use crate::ports::AtsError;

/// Longest wait for the whole answer to one request, in milliseconds: under the 10 s of the webhook functions, with
/// room for an answer to iCIMS.
pub const REQUEST_TIMEOUT_MS: u64 = 8_000;
/// The same for a file, in milliseconds: under the 30 s of the worker functions.
pub const UPLOAD_TIMEOUT_MS: u64 = 20_000;
/// What goes out besides method and URL.
pub(super) enum Payload {
    None,
    Json(Bytes),
    Form(Bytes),
    File(FileBody),
}

/// One request, repeatable with another credential.
pub(super) struct Call {
    /// For the log: the kind of thing asked for.
    pub(super) what: &'static str,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) payload: Payload,
}

impl Call {
    pub(super) fn get(what: &'static str, url: Url) -> Self {
        Self { what, method: Method::GET, url, payload: Payload::None }
    }

    pub(super) fn json(what: &'static str, method: Method, url: Url, body: &serde_json::Value) -> Self {
        Self { what, method, url, payload: Payload::Json(Bytes::from(body.to_string())) }
    }
}

impl From<Lost> for AtsError {
    fn from(lost: Lost) -> Self {
        Self::Unavailable { why: lost.to_string() }
    }
}

/// Sends requests with one time limit.
#[derive(Clone)]
pub(super) struct Transport {
    pub(super) http: reqwest::Client,
    pub(super) timeout: Duration,
}

impl Transport {
    /// # Errors
    /// [`AtsError::Unavailable`] if no head of an answer came: what was asked for may have happened all the same.
    pub(super) async fn send(&self, call: &Call, authorization: Option<&HeaderValue>) -> Result<Answer, AtsError> {
        let timeout = match call.payload {
            Payload::File(_) => self.timeout.max(Duration::from_millis(UPLOAD_TIMEOUT_MS)),
            _ => self.timeout,
        };
        let mut request = self
            .http
            .request(call.method.clone(), call.url.clone())
            .timeout(timeout)
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        request = match &call.payload {
            Payload::None => request,
            Payload::Json(body) => request.header(CONTENT_TYPE, "application/json").body(body.clone()),
            Payload::Form(body) => request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body.clone()),
            Payload::File(file) => request
                .header(CONTENT_TYPE, &file.content_type)
                .header(CONTENT_DISPOSITION, &file.disposition)
                .body(file.bytes.clone()),
        };
        Ok(http_exchange::send(request, MAX_RESPONSE_BYTES).await?)
    }
}
