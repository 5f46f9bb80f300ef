//! A call to a customer's platform, from its quota to its errors: at most a few at a time, with a credential that is
//! renewed once when refused.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderValue, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};

use super::tenant::{Tenant, Tenants};
use super::token::{Client, Tokens};
use super::transport::{Answer, Call, Transport};
use super::wire::error::{self, Complaints};
use crate::domain::{Customer, IcimsAuth};
use crate::failure::RefusedAt;
use crate::ports::{AtsError, Clock, CustomerSecrets, IcimsCredential, Secrets, SharedToken};

/// Calls of this process to one customer's platform at the same time (docs/vendors/icims.md §6: the cap is not
/// published).
pub const MAX_CONCURRENT_CALLS: usize = 4;

/// What a call proved itself with.
enum Proof {
    Token(SharedToken),
    Basic(SecretString),
}

impl Proof {
    fn header(&self) -> Result<HeaderValue, AtsError> {
        let text = match self {
            Self::Token(token) => format!("Bearer {}", token.token.expose_secret()),
            Self::Basic(pair) => format!("Basic {}", pair.expose_secret()),
        };
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| AtsError::Misconfigured { why: "the credential cannot stand in a header".to_owned() })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

pub(super) struct Sessions {
    pub(super) transport: Transport,
    pub(super) tokens: Tokens,
    pub(super) secrets: Arc<dyn Secrets>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tenants: Tenants,
}

impl Sessions {
    /// Makes a call. Any 2xx is success; its warnings are logged by code and field.
    pub(super) async fn call(&self, customer: &Customer, call: Call) -> Result<Answer, AtsError> {
        let tenant = self.tenants.of(&customer.id);
        let Ok(_turn) = tenant.gate.acquire().await else {
            return Err(AtsError::Unavailable { why: "shutting down".to_owned() });
        };
        // Before a token is asked for: it would be of no use.
        tenant.quota(|quota| quota.check(self.clock.now()))?;
        let answer = self.authorized(customer, &tenant, &call).await?;
        let told = error::warnings(&answer);
        if answer.status.is_success() && !told.is_empty() {
            tracing::warn!(customer.id = %customer.id, call = call.what, warnings = %told, "iCIMS warns");
        }
        error::check(answer)
    }

    /// How long background work has to leave the customer's calls alone, as far as this process has seen.
    pub(super) fn pause_for_background(&self, customer: &Customer) -> Option<Duration> {
        let reserve_of = |limit| customer.settings.icims.reserve(limit);
        self.tenants.of(&customer.id).quota(|quota| quota.pause(reserve_of, self.clock.now()))
    }

    /// Gets hold of a credential without a call that needs one.
    pub(super) async fn sign_in(&self, customer: &Customer) -> Result<(), AtsError> {
        let secrets = self.secrets.of(&customer.id).await?.ok_or_else(no_secret)?;
        self.proof(customer, &self.tenants.of(&customer.id), &secrets, None).await.map(drop)
    }

    async fn authorized(&self, customer: &Customer, tenant: &Tenant, call: &Call) -> Result<Answer, AtsError> {
        let mut secrets = self.secrets.of(&customer.id).await?.ok_or_else(no_secret)?;
        let mut refused: Option<SharedToken> = None;
        let (mut token_renewed, mut secret_renewed) = (false, false);
        loop {
            let proof = match self.proof(customer, tenant, &secrets, refused.as_ref()).await {
                Ok(proof) => proof,
                Err(AtsError::Unauthorized { at }) if secret_renewed => return Err(AtsError::Unauthorized { at }),
                Err(AtsError::Unauthorized { at }) => {
                    secret_renewed = true;
                    (secrets, refused) = (self.newer(customer, &secrets, at).await?, None);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let answer = self.exchange(customer, tenant, call, &proof).await?;
            if answer.status != StatusCode::UNAUTHORIZED {
                return Ok(answer);
            }
            match proof {
                Proof::Token(token) if !token_renewed => {
                    token_renewed = true;
                    refused = Some(token);
                }
                _ if !secret_renewed => {
                    secret_renewed = true;
                    (secrets, refused) = (self.newer(customer, &secrets, RefusedAt::Api).await?, None);
                }
                _ => return Err(AtsError::Unauthorized { at: RefusedAt::Api }),
            }
        }
    }

    /// The secrets anew, if they have changed since; else what was refused stays refused.
    async fn newer(
        &self,
        customer: &Customer,
        held: &CustomerSecrets,
        at: RefusedAt,
    ) -> Result<Arc<CustomerSecrets>, AtsError> {
        let fresh = self.secrets.refresh(&customer.id).await?.ok_or_else(no_secret)?;
        if fresh.current.version == held.current.version {
            return Err(AtsError::Unauthorized { at });
        }
        tracing::info!(customer.id = %customer.id, "iCIMS refused our credential; a newer one is tried");
        Ok(fresh)
    }

    async fn proof(
        &self,
        customer: &Customer,
        tenant: &Tenant,
        secrets: &CustomerSecrets,
        refused: Option<&SharedToken>,
    ) -> Result<Proof, AtsError> {
        let set = &secrets.current;
        match (&customer.settings.icims.auth, &set.icims) {
            (IcimsAuth::OAuth, IcimsCredential::OAuth { client_id, client_secret }) => {
                let client = Client { id: client_id, secret: client_secret, version: &set.version };
                self.tokens.token(customer, &tenant.token, &client, refused).await.map(Proof::Token)
            }
            (IcimsAuth::Basic, IcimsCredential::Basic(pair)) => {
                let pair = format!("{}:{}", pair.user.expose_secret(), pair.password.expose_secret());
                Ok(Proof::Basic(SecretString::from(BASE64_STANDARD.encode(pair))))
            }
            (IcimsAuth::OAuth, IcimsCredential::Basic(_)) => Err(AtsError::Misconfigured {
                why: "icims.auth: is oauth, but the secret holds a Basic login".to_owned(),
            }),
            (IcimsAuth::Basic, IcimsCredential::OAuth { .. }) => Err(AtsError::Misconfigured {
                why: "icims.auth: is basic, but the secret holds an OAuth client".to_owned(),
            }),
        }
    }

    async fn exchange(
        &self,
        customer: &Customer,
        tenant: &Tenant,
        call: &Call,
        proof: &Proof,
    ) -> Result<Answer, AtsError> {
        tenant.quota(|quota| quota.check(self.clock.now()))?;
        let started = Instant::now();
        let answer = self.transport.send(call, Some(&proof.header()?)).await;
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &answer {
            Ok(answer) => {
                tenant.quota(|quota| quota.note(&answer.headers, self.clock.now()));
                tracing::debug!(
                    customer.id = %customer.id,
                    call = call.what,
                    http.method = %call.method,
                    http.status = answer.status.as_u16(),
                    errors = %Complaints::of_errors(answer),
                    icims.transaction = error::transaction(&answer.headers),
                    duration_ms,
                    "iCIMS answered"
                );
            }
            Err(error) => {
                tracing::debug!(
                    customer.id = %customer.id, call = call.what, http.method = %call.method, %error, duration_ms,
                    "iCIMS did not answer"
                );
            }
        }
        answer
    }
}

fn no_secret() -> AtsError {
    AtsError::Misconfigured { why: "the customer has no secret".to_owned() }
}
