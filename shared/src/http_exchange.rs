//! One HTTP exchange with a vendor: bounded in size, and its failures classified without the library's texts, which carry
//! the URL. What a status means is the adapter's.

use bytes::{Bytes, BytesMut};
use http::header::InvalidHeaderValue;
use http::{HeaderMap, HeaderValue, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};

/// Size limit of a JSON response, in bytes; real ones have a few hundred to a few thousand.
pub(crate) const MAX_RESPONSE_BYTES: u64 = 1024 * 1024;

/// A response whose head arrived.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The body, unless it was lost or too large after a readable head.
    pub(crate) body: Result<Bytes, Lost>,
}

/// Why there is no response, or no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Lost {
    #[error("not a request")]
    NotARequest,
    #[error("could not connect")]
    NotConnected,
    #[error("timed out")]
    TimedOut,
    #[error("the answer broke off")]
    BrokeOff,
    #[error("the connection was lost")]
    Disconnected,
    #[error("the answer is too large")]
    TooLarge,
}

impl Lost {
    /// Whether the request certainly did not reach the vendor.
    pub(crate) fn is_unsent(self) -> bool {
        matches!(self, Self::NotARequest | Self::NotConnected)
    }
}

impl From<reqwest::Error> for Lost {
    fn from(error: reqwest::Error) -> Self {
        match error {
            _ if error.is_builder() => Self::NotARequest,
            // A timeout while connecting is one too: nothing has left.
            _ if error.is_connect() => Self::NotConnected,
            _ if error.is_timeout() => Self::TimedOut,
            _ if error.is_body() || error.is_decode() => Self::BrokeOff,
            _ => Self::Disconnected,
        }
    }
}

/// Sends a request and reads its response, giving up on a body as soon as it exceeds `max_bytes`.
///
/// # Errors
/// [`Lost`] if no head arrived: unless it [`is_unsent`](Lost::is_unsent), the request may have been carried out.
pub(crate) async fn send(request: reqwest::RequestBuilder, max_bytes: u64) -> Result<Answer, Lost> {
    let mut response = request.send().await?;
    let body = read(&mut response, max_bytes).await;
    Ok(Answer { status: response.status(), headers: std::mem::take(response.headers_mut()), body })
}

async fn read(response: &mut reqwest::Response, max_bytes: u64) -> Result<Bytes, Lost> {
    if response.content_length().is_some_and(|length| length > max_bytes) {
        return Err(Lost::TooLarge);
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if (body.len() + chunk.len()) as u64 > max_bytes {
            return Err(Lost::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// A header value with a credential, which no log of the HTTP library shows.
///
/// # Errors
/// If it has characters that a header cannot carry.
pub(crate) fn credential(text: &SecretString) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(text.expose_secret())?;
    value.set_sensitive(true);
    Ok(value)
}
