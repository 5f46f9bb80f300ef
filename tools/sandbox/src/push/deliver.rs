//! One HTTP attempt, with the header set that was documented and logged (docs/vendors/icims.md §2.2).

use std::io::Write as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use time::OffsetDateTime;
use url::Url;

use super::event::{Event, link_header};
use super::record::PushRecord;
use super::settings::{OauthCredentials, PushAuth, PushSettings};
use super::sign;
use crate::app::App;
use crate::outgoing::describe;

const CONTENT_TYPE: &str = "application/json";

/// Sends one event once. Never fails: what went wrong is in the record.
pub(crate) async fn once(app: &App, customer: &str, url: &str, settings: &PushSettings, event: &Event) -> PushRecord {
    let started = Instant::now();
    let mut record = event.record();
    let mut result = attempt(app, customer, url, settings, event).await;
    if matches!(&result, Ok(answer) if answer.status == 401) && matches!(settings.auth, PushAuth::Oauth { .. }) {
        // The token may have been revoked: forget it and request another.
        forget_token(app, customer);
        result = attempt(app, customer, url, settings, event).await;
    }
    match result {
        Ok(answer) => {
            record.status = Some(answer.status);
            record.location = answer.location;
            (record.user_message, record.debug_message) = messages(&answer.body);
        }
        Err(why) => record.failure = Some(why),
    }
    record.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    record
}

struct Answer {
    status: u16,
    location: Option<String>,
    body: Vec<u8>,
}

async fn attempt(
    app: &App,
    customer: &str,
    url: &str,
    settings: &PushSettings,
    event: &Event,
) -> Result<Answer, String> {
    let mut url = Url::parse(url).map_err(|why| format!("push.url: {why}"))?;
    if let PushAuth::PathSecret { secret } = &settings.auth
        && let Ok(mut segments) = url.path_segments_mut()
    {
        segments.pop_if_empty().push(secret);
    }
    let plain = event.body.to_string().into_bytes();
    let body = if settings.gzip { gzip(&plain) } else { plain.clone() };
    let mut request = app
        .outgoing
        .request(Method::POST, url.as_str())
        .timeout(Duration::from_millis(settings.timeout_ms))
        .header("connection", "close")
        .header("content-type", CONTENT_TYPE)
        .header("link", link_header(&event.body))
        .header("user-agent", "Apache-HttpClient/4.5.2 (Java/1.8.0_141)")
        .header("accept-encoding", "gzip,deflate");
    if settings.gzip {
        request = request.header("content-encoding", "gzip");
    }
    request = authenticate(app, customer, settings, request, &url, &plain, &body).await?;
    let response = request.body(body).send().await.map_err(|why| describe(&why))?;
    let location = response.headers().get("location").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let status = response.status().as_u16();
    let body = response.bytes().await.map_err(|why| describe(&why))?;
    Ok(Answer { status, location, body: body.to_vec() })
}

async fn authenticate(
    app: &App,
    customer: &str,
    settings: &PushSettings,
    request: RequestBuilder,
    url: &Url,
    plain: &[u8],
    body: &[u8],
) -> Result<RequestBuilder, String> {
    Ok(match &settings.auth {
        PushAuth::None | PushAuth::PathSecret { .. } => request,
        PushAuth::Basic { user, password } => request.header("authorization", basic(user, password)),
        PushAuth::Hmac { user, key, spaces, hash_compressed, host } => {
            let date = sign::date_header(OffsetDateTime::now_utc());
            let content_sha256 = sign::sha256_hex(if *hash_compressed { body } else { plain });
            let own_host = url.port().map_or_else(
                || url.host_str().unwrap_or_default().to_owned(),
                |port| format!("{}:{port}", url.host_str().unwrap_or_default()),
            );
            let to_sign = sign::ToSign {
                method: "POST",
                path: url.path(),
                query: url.query().unwrap_or_default(),
                content_type: CONTENT_TYPE,
                host: host.as_deref().unwrap_or(&own_host),
                date: &date,
                content_sha256: &content_sha256,
            };
            request
                .header("authorization", sign::authorization(&to_sign, user, key, *spaces))
                .header("x-icims-date", date)
                .header("x-icims-content-sha256", content_sha256)
        }
        PushAuth::Oauth { .. } => {
            request.header("authorization", format!("Bearer {}", token(app, customer, &settings.auth).await?))
        }
    })
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn forget_token(app: &App, customer: &str) {
    app.write(|world| {
        if let Some(known) = world.icims.customers.get_mut(customer) {
            *known.push_token = None;
        }
    });
}

/// The cached token, or a new one by client credentials.
async fn token(app: &App, customer: &str, auth: &PushAuth) -> Result<String, String> {
    let PushAuth::Oauth { token_url, client_id, client_secret, credentials } = auth else {
        return Err("not an OAuth subscription".to_owned());
    };
    let cached = app.read(|world| {
        let now = world.now_ms();
        world
            .icims
            .customers
            .get(customer)
            .and_then(|c| c.push_token.clone())
            .filter(|(_, until)| *until > now)
            .map(|(token, _)| token)
    });
    if let Some(token) = cached {
        return Ok(token);
    }
    let request = app.outgoing.request(Method::POST, token_url).timeout(Duration::from_secs(10));
    let request = match credentials {
        OauthCredentials::Form => request.form(&[
            ("grant_type", "client_credentials"),
            ("client_id", client_id.as_str()),
            ("client_secret", client_secret.as_str()),
        ]),
        OauthCredentials::BasicHeader => request
            .header("authorization", basic(client_id, client_secret))
            .form(&[("grant_type", "client_credentials")]),
    };
    let response = request.send().await.map_err(|why| format!("token: {}", describe(&why)))?;
    let status = response.status();
    let body = response.bytes().await.map_err(|why| format!("token: {}", describe(&why)))?;
    if !status.is_success() {
        return Err(format!("the token endpoint answered {status}"));
    }
    let body: Value =
        serde_json::from_slice(&body).map_err(|_| "the token endpoint's answer is not JSON".to_owned())?;
    let token = body
        .get("access_token")
        .and_then(Value::as_str)
        .ok_or("the token endpoint's answer has no access_token")?
        .to_owned();
    let lifetime_s = body.get("expires_in").and_then(Value::as_i64).unwrap_or(86_400);
    app.write(|world| {
        let until = world.now_ms() + lifetime_s * 1000;
        if let Some(known) = world.icims.customers.get_mut(customer) {
            *known.push_token = Some((token.clone(), until));
        }
    });
    Ok(token)
}

pub(crate) fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // A Vec takes every write.
    let _ = encoder.write_all(plain);
    encoder.finish().unwrap_or_default()
}

/// `error.userMessage` and `error.debugErrorMessage` of an answer.
fn messages(body: &[u8]) -> (Option<String>, Option<String>) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| body.get("error").and_then(|e| e.get(key)).and_then(Value::as_str).map(str::to_owned);
    (text("userMessage"), text("debugErrorMessage"))
}
