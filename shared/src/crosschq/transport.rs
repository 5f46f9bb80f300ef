//! A request as Crosschq takes it: address, headers and time limit (docs/vendors/crosschq.md §9.2).

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::{ExposeSecret as _, SecretString};

use super::hosts;
use crate::domain::{CorrelationId, CrosschqSettings};
use crate::http_exchange::{self, Answer, Lost, MAX_RESPONSE_BYTES, credential};
use crate::ports::ProviderError;

/// One request, repeatable with another token.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) idempotency_key: Option<String>,
    pub(super) correlation_id: Option<&'a CorrelationId>,
}

impl<'a> Call<'a> {
    pub(super) fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, query: Vec::new(), body: None, idempotency_key: None, correlation_id: None }
    }

    pub(super) fn post(path: &'a str, body: Vec<u8>) -> Self {
        Self { method: Method::POST, body: Some(body), ..Self::get(path) }
    }
}

/// Why there is no response.
pub(super) enum CallError {
    /// Nothing was carried out: the request did not leave, or its credential was refused.
    NotDone(ProviderError),
    /// It may have been carried out.
    Lost(Lost),
}

impl From<CallError> for ProviderError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotDone(error) => error,
            CallError::Lost(lost) => lost.into(),
        }
    }
}

impl From<ProviderError> for CallError {
    fn from(error: ProviderError) -> Self {
        Self::NotDone(error)
    }
}

impl From<Lost> for CallError {
    fn from(lost: Lost) -> Self {
        if lost.is_unsent() { Self::NotDone(lost.into()) } else { Self::Lost(lost) }
    }
}

impl From<Lost> for ProviderError {
    fn from(lost: Lost) -> Self {
        unavailable(lost)
    }
}

/// A [`ProviderError::Unavailable`].
pub(super) fn unavailable(why: impl ToString) -> ProviderError {
    ProviderError::Unavailable { why: why.to_string() }
}

pub(super) fn misconfigured(why: impl Into<String>) -> ProviderError {
    ProviderError::Misconfigured { why: why.into() }
}

/// Sends requests.
#[derive(Clone)]
pub(super) struct Transport {
    pub(super) http: reqwest::Client,
}

impl Transport {
    pub(super) async fn send(
        &self,
        settings: &CrosschqSettings,
        call: &Call<'_>,
        token: &SecretString,
    ) -> Result<Answer, CallError> {
        let mut request = self
            .http
            .request(call.method.clone(), hosts::address(&hosts::base_of(settings)?, call.path))
            .timeout(Duration::from_millis(settings.timeout_ms.into()))
            .headers(headers(settings, call, token)?);
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        Ok(http_exchange::send(request, MAX_RESPONSE_BYTES).await?)
    }
}

fn headers(settings: &CrosschqSettings, call: &Call<'_>, token: &SecretString) -> Result<HeaderMap, ProviderError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if call.body.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let plain = |text: &str| HeaderValue::from_str(text).map_err(|_| misconfigured("an id fits in no header"));
    if let Some(key) = &call.idempotency_key {
        headers.insert("idempotency-key", plain(key)?);
    }
    if let Some(id) = call.correlation_id {
        headers.insert("x-request-id", plain(id.as_str())?);
    }
    let name = match settings.auth_header.trim() {
        "" => AUTHORIZATION,
        name => name.parse::<HeaderName>().map_err(|_| misconfigured("crosschq.auth_header is no header name"))?,
    };
    headers.insert(name, proof(settings, token)?);
    Ok(headers)
}

/// The token, bare or after its scheme word (docs/vendors/crosschq.md §1.2).
fn proof(settings: &CrosschqSettings, token: &SecretString) -> Result<HeaderValue, ProviderError> {
    let token = token.expose_secret().trim();
    if token.is_empty() {
        return Err(misconfigured("the customer's secret has an empty Crosschq token"));
    }
    let text = match settings.auth_scheme.trim() {
        "" => SecretString::from(token),
        scheme => SecretString::from(format!("{scheme} {token}")),
    };
    credential(&text).map_err(|_| misconfigured("the Crosschq token has characters that no header can carry"))
}
