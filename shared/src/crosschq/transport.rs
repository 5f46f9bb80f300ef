//! One exchange with Crosschq: headers, time limit, size limit, a second try with a rotated token, and what an answer's
//! status means (docs/vendors/crosschq.md §9.2, §9.4).

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;
use url::Url;

use super::{hosts, retry_after, wire};
use crate::domain::{CorrelationId, CrosschqSettings, Customer};
use crate::ports::{ProviderError, Secrets};

/// Who we say we are.
pub(super) const AGENT: &str = concat!("icims-crosschq/", env!("CARGO_PKG_VERSION"));

/// The largest answer we read, in bytes; PDFs have their own limit.
const ANSWER_MAX_BYTES: u64 = 1024 * 1024;

/// What to ask.
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

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    retry_after: Option<Duration>,
    body: Result<Vec<u8>, &'static str>,
}

/// Why nothing came back.
pub(super) enum CallError {
    /// Nothing left us.
    NotSent(ProviderError),
    /// It may have arrived.
    Lost(&'static str),
}

impl From<CallError> for ProviderError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotSent(error) => error,
            CallError::Lost(why) => unavailable(why),
        }
    }
}

/// A [`ProviderError::Unavailable`].
pub(super) fn unavailable(why: impl ToString) -> ProviderError {
    ProviderError::Unavailable { why: why.to_string() }
}

impl Answer {
    /// The body of a 2xx.
    ///
    /// # Errors
    /// The class of any other status.
    pub(super) fn success(&self) -> Result<&[u8], ProviderError> {
        if !self.status.is_success() {
            return Err(self.refusal());
        }
        self.body.as_deref().map_err(unavailable)
    }

    /// The body whatever the status; empty if it was lost.
    pub(super) fn body(&self) -> &[u8] {
        self.body.as_deref().unwrap_or_default()
    }

    /// What a status other than 2xx means where the caller knows no better.
    pub(super) fn refusal(&self) -> ProviderError {
        let code = self.status.as_u16();
        match code {
            300..=399 => ProviderError::Misconfigured {
                why: format!("Crosschq redirects ({code}): trailing slash, crosschq.base_url or crosschq.profile?"),
            },
            401 | 403 => ProviderError::Unauthorized,
            404 | 410 => ProviderError::NotFound,
            405 => ProviderError::Misconfigured {
                why: "Crosschq does not take this method there (405): crosschq.base_url or crosschq.profile?"
                    .to_owned(),
            },
            408 | 425 => unavailable(format!("status {code}")),
            429 => ProviderError::RateLimited { after: self.retry_after },
            400..=499 => ProviderError::Refused { fields: wire::error::fields(self.body()) },
            _ => unavailable(format!("status {code}")),
        }
    }

    fn refuses_token(&self) -> bool {
        matches!(self.status.as_u16(), 401 | 403)
    }
}

/// The way to Crosschq: an HTTP client, and the customers' tokens.
#[derive(Clone)]
pub(super) struct Transport {
    pub(super) http: reqwest::Client,
    pub(super) secrets: Arc<dyn Secrets>,
}

impl Transport {
    /// Sends a call with the customer's token. If the token is refused and the secret has a newer version, once more
    /// with that: what was refused did not happen, so this repeats no create.
    pub(super) async fn exchange(&self, customer: &Customer, call: Call<'_>) -> Result<Answer, CallError> {
        let held = self.secrets.of(&customer.id).await.map_err(|failure| CallError::NotSent(failure.into()))?;
        let held = held.ok_or_else(|| CallError::NotSent(misconfigured("the customer has no secret")))?;
        let answer = self.send(customer, &call, &held.current.crosschq_token).await?;
        if !answer.refuses_token() {
            return Ok(answer);
        }
        let fresh = self.secrets.refresh(&customer.id).await.map_err(|failure| CallError::NotSent(failure.into()))?;
        match fresh {
            Some(fresh) if fresh.current.version != held.current.version => {
                self.send(customer, &call, &fresh.current.crosschq_token).await
            }
            _ => Ok(answer),
        }
    }

    async fn send(&self, customer: &Customer, call: &Call<'_>, token: &SecretString) -> Result<Answer, CallError> {
        let settings = &customer.settings.crosschq;
        let request = self.request(settings, call, token).map_err(CallError::NotSent)?;
        let response = request.send().await.map_err(|error| not_answered(&error))?;
        let status = response.status();
        tracing::debug!(customer.id = %customer.id, http.method = %call.method, http.status = status.as_u16(), "asked Crosschq");
        let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = wait.and_then(|value| retry_after::parse(value, OffsetDateTime::now_utc()));
        let body = read_capped(response, ANSWER_MAX_BYTES).await.map_err(|cut| match cut {
            Cut::TooLarge => "the answer is larger than 1 MiB",
            Cut::Lost(why) => why,
        });
        Ok(Answer { status, retry_after, body })
    }

    fn request(
        &self,
        settings: &CrosschqSettings,
        call: &Call<'_>,
        token: &SecretString,
    ) -> Result<reqwest::RequestBuilder, ProviderError> {
        let url: Url = hosts::address(&hosts::base_of(settings)?, call.path);
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .timeout(Duration::from_millis(settings.timeout_ms.into()))
            .headers(headers(settings, call, token)?);
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        Ok(request)
    }
}

fn headers(settings: &CrosschqSettings, call: &Call<'_>, token: &SecretString) -> Result<HeaderMap, ProviderError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
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
    let mut value = HeaderValue::from_str(text.expose_secret())
        .map_err(|_| misconfigured("the Crosschq token has characters that no header can carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn misconfigured(why: &str) -> ProviderError {
    ProviderError::Misconfigured { why: why.to_owned() }
}

fn not_answered(error: &reqwest::Error) -> CallError {
    if error.is_connect() || error.is_builder() {
        CallError::NotSent(unavailable(what_broke(error)))
    } else {
        CallError::Lost(what_broke(error))
    }
}

/// What happened, without the address: a search carries an e-mail in it.
pub(super) fn what_broke(error: &reqwest::Error) -> &'static str {
    match error {
        _ if error.is_timeout() => "timed out",
        _ if error.is_connect() => "could not connect",
        _ if error.is_builder() => "not a request",
        _ if error.is_body() || error.is_decode() => "the answer broke off",
        _ => "the connection was lost",
    }
}

/// Why a body was not read whole.
pub(super) enum Cut {
    /// It is larger than allowed.
    TooLarge,
    /// The connection ended before it did.
    Lost(&'static str),
}

/// Reads a body of at most `max_bytes`, and gives up as soon as it is larger.
pub(super) async fn read_capped(mut response: reqwest::Response, max_bytes: u64) -> Result<Vec<u8>, Cut> {
    if response.content_length().is_some_and(|length| length > max_bytes) {
        return Err(Cut::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Cut::Lost(what_broke(&error)))? {
        body.extend_from_slice(&chunk);
        if body.len() as u64 > max_bytes {
            return Err(Cut::TooLarge);
        }
    }
    Ok(body)
}
