//! Posting a push.

use std::time::{Duration, Instant};

use connector_core::domain::AuthMode;
use connector_core::ports::{BasicPair, PushSecrets};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use super::answer::{Answer, unanswered};
use super::request::{Request, below};
use crate::failure::CliError;
use crate::session::Session;

/// Longer than the webhook's own limit, so that its answer is heard.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer, and how long it took.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) answer: Answer,
    pub(crate) duration_ms: u64,
}

/// Posts a request that was proved in this mode; for OAuth it requests a token first.
///
/// # Errors
/// If no answer came, or no token.
pub(crate) async fn post(
    session: &Session,
    base: &Url,
    mut request: Request,
    mode: AuthMode,
    secrets: &PushSecrets,
) -> Result<Answered, CliError> {
    if let (AuthMode::OAuth, Some(client)) = (mode, &secrets.oauth) {
        let token = token(session, base, client).await?;
        request.authorize("Bearer", &token)?;
    }
    let started = Instant::now();
    let Request { push, url, .. } = request;
    let sending = session.http().post(url).headers(push.headers).body(push.body).timeout(PATIENCE).send();
    let response = sending.await.map_err(|error| unanswered(&error, "the connector"))?;
    let answer = Answer::of(response).await;
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Answered { answer, duration_ms })
}

/// A token of the connector's own endpoint, by client credentials (docs/vendors/icims.md §2.1).
async fn token(session: &Session, base: &Url, client: &BasicPair) -> Result<SecretString, CliError> {
    #[derive(Deserialize)]
    struct Token {
        access_token: String,
    }
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client.user.expose_secret()),
        ("client_secret", client.password.expose_secret()),
    ];
    let url = below(base, &["icims", "oauth", "token"]);
    let sending = session.http().post(url).form(&form).timeout(PATIENCE).send();
    let response = sending.await.map_err(|error| unanswered(&error, "the token endpoint"))?;
    if !response.status().is_success() {
        let answer = Answer::of(response).await;
        let trouble = answer.trouble().unwrap_or_else(|| CliError::internal("the token endpoint answers oddly"));
        return Err(trouble.context(|why| format!("the token endpoint: {why}")));
    }
    let token: Token = response.json().await.map_err(|_| {
        CliError::internal("the token endpoint's answer holds no access_token")
            .fix("check that --url is the connector's own")
    })?;
    Ok(token.access_token.into())
}
