//! One HTTP exchange: bounded in time and size, and told apart by what the caller can do about it. Its errors and logs
//! carry no URL query, no body and no header value besides iCIMS' own transaction id.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use url::Url;

use super::multipart::FileBody;
use crate::ports::AtsError;

/// Longest wait for the whole answer to one request, in milliseconds: under the 10 s of the webhook functions, with
/// room for an answer to iCIMS.
pub const REQUEST_TIMEOUT_MS: u64 = 8_000;
/// The same for a file, in milliseconds: under the 30 s of the worker functions.
pub const UPLOAD_TIMEOUT_MS: u64 = 20_000;
/// The largest answer taken, in bytes; the ones we ask for have a few hundred to a few thousand.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

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

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// The body, unless it was lost or too large after a readable head.
    pub(super) body: Result<Bytes, AtsError>,
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
        let mut response = request.send().await.map_err(|error| lost(&error))?;
        let body = capped(&mut response).await;
        Ok(Answer { status: response.status(), headers: std::mem::take(response.headers_mut()), body })
    }
}

async fn capped(response: &mut reqwest::Response) -> Result<Bytes, AtsError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(AtsError::Unavailable { why: "the answer is over 1 MiB".to_owned() });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// In our own words: the library's carry the URL.
fn lost(error: &reqwest::Error) -> AtsError {
    let why = if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "cannot connect"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the connection broke"
    };
    AtsError::Unavailable { why: why.to_owned() }
}
