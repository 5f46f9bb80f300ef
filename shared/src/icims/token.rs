//! The OAuth token of a customer: this process' own copy first, then the one that all processes share, and only then,
//! by one process at a time, the token endpoint, which throttles (docs/vendors/icims.md §1.2).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::lenient::{Lenient, Text, object};
use super::quota::retry_after;
use super::transport::{Call, Payload, Transport};
use super::urls::Urls;
use crate::domain::Customer;
use crate::failure::RefusedAt;
use crate::ports::{AtsError, Clock, SharedToken, TokenCache, TokenTurn};

/// A token this close to its end is not used any more: the call must still arrive with it.
const MARGIN: Duration = Duration::from_secs(60);
/// How long we wait in all for another process to fetch the token.
const WAIT_AT_MOST: Duration = Duration::from_secs(5);
/// What a single wait may be cut or stretched to.
const ONE_WAIT: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// Lifetime taken for a token that tells none, in seconds: well under the documented day.
const UNTOLD_LIFETIME_S: u64 = 3_600;

/// This process' copy of a customer's token. Its lock is held while a token is fetched, so that one task asks.
pub(super) type TokenSlot = Mutex<Option<SharedToken>>;

/// The client and the version of the secret it is from.
pub(super) struct Client<'a> {
    pub(super) id: &'a str,
    pub(super) secret: &'a SecretString,
    pub(super) version: &'a str,
}

pub(super) struct Tokens {
    pub(super) transport: Transport,
    pub(super) shared: Arc<dyn TokenCache>,
    pub(super) clock: Arc<dyn Clock>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    access_token: Lenient<String>,
    #[serde(default)]
    expires_in: Lenient<Text>,
}

fn is_same(one: &SharedToken, other: &SharedToken) -> bool {
    one.token.expose_secret() == other.token.expose_secret()
}

impl Tokens {
    /// A token that is not the `refused` one.
    ///
    /// # Errors
    /// [`AtsError::Unauthorized`] if the token endpoint refuses the client.
    pub(super) async fn token(
        &self,
        customer: &Customer,
        slot: &TokenSlot,
        client: &Client<'_>,
        refused: Option<&SharedToken>,
    ) -> Result<SharedToken, AtsError> {
        let mut held = slot.lock().await;
        let usable = |token: &&SharedToken| {
            token.secret_version == client.version
                && token.expires_at > self.clock.now().after(MARGIN)
                && !refused.is_some_and(|refused| is_same(refused, token))
        };
        if let Some(token) = held.as_ref().filter(usable) {
            return Ok(token.clone());
        }
        let token = self.shared_or_fetched(customer, client, refused).await?;
        *held = Some(token.clone());
        Ok(token)
    }

    async fn shared_or_fetched(
        &self,
        customer: &Customer,
        client: &Client<'_>,
        refused: Option<&SharedToken>,
    ) -> Result<SharedToken, AtsError> {
        let started = Instant::now();
        loop {
            match self.shared.turn(&customer.id, client.version, refused, self.clock.now()).await? {
                TokenTurn::Use(token) => return Ok(token),
                TokenTurn::Fetch => break,
                TokenTurn::Wait(span) => {
                    let span = span.clamp(ONE_WAIT.0, ONE_WAIT.1);
                    if started.elapsed() + span > WAIT_AT_MOST {
                        return Err(AtsError::Unavailable {
                            why: "another process is still fetching the token".to_owned(),
                        });
                    }
                    sleep(span).await;
                }
            }
        }
        let token = self.fetch(customer, client).await?;
        if let Err(failure) = self.shared.share(&customer.id, &token).await {
            // The token works; the others will fetch their own.
            tracing::warn!(error = %failure, "the iCIMS token could not be shared");
        }
        Ok(token)
    }

    async fn fetch(&self, customer: &Customer, client: &Client<'_>) -> Result<SharedToken, AtsError> {
        let urls = Urls::of(customer)?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", client.id)
            .append_pair("client_secret", client.secret.expose_secret())
            .append_pair("audience", urls.audience())
            .finish();
        let call =
            Call { what: "token", method: Method::POST, url: urls.token()?, payload: Payload::Form(Bytes::from(form)) };
        let asked_at = self.clock.now();
        let answer = self.transport.send(&call, None).await?;
        tracing::debug!(http.status = answer.status.as_u16(), "iCIMS token asked for");
        match answer.status {
            status if status.is_success() => {}
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => {
                return Err(AtsError::Unauthorized { at: RefusedAt::TokenEndpoint });
            }
            StatusCode::FORBIDDEN => return Err(AtsError::Unauthorized { at: RefusedAt::TokenScope }),
            StatusCode::TOO_MANY_REQUESTS => {
                return Err(AtsError::RateLimited { after: retry_after(&answer.headers) });
            }
            status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
                return Err(AtsError::Unavailable { why: format!("token endpoint: {}", status.as_u16()) });
            }
            status => {
                return Err(AtsError::Misconfigured {
                    why: format!("icims.hosts.auth_base: its token endpoint answers {}", status.as_u16()),
                });
            }
        }
        let unreadable = || AtsError::Unavailable { why: "token endpoint: unreadable answer".to_owned() };
        let wire: Wire = object(&answer.body?).ok_or_else(unreadable)?;
        let token = wire.access_token.get().filter(|token| !token.is_empty()).ok_or_else(unreadable)?;
        let lifetime_s = wire.expires_in.text().and_then(|s| s.parse().ok()).unwrap_or(UNTOLD_LIFETIME_S);
        Ok(SharedToken {
            token: SecretString::from(token),
            expires_at: asked_at.after(Duration::from_secs(lifetime_s)),
            secret_version: client.version.to_owned(),
        })
    }
}
