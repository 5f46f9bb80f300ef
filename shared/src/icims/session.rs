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
use super::transport::{Call, Transport};
use super::wire::error::{self, Complaints};
use crate::domain::{Customer, IcimsAuth};
use crate::failure::RefusedAt;
use crate::http_exchange::{Answer, credential};
use crate::ports::{AtsError, Clock, CustomerSecrets, IcimsCredential, Secrets, SharedToken, with_secrets};

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
        credential(&SecretString::from(text))
            .map_err(|_| AtsError::Misconfigured { why: "the credential cannot stand in a header".to_owned() })
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
        let warnings = error::warnings(&answer);
        if answer.status.is_success() && !warnings.is_empty() {
            tracing::warn!(call = call.what, %warnings, "iCIMS returned warnings");
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

    /// A refused token is replaced once; if that is refused too, the secrets are, by newer ones.
    async fn authorized(&self, customer: &Customer, tenant: &Tenant, call: &Call) -> Result<Answer, AtsError> {
        let is_refusal = |error: &AtsError| matches!(error, AtsError::Unauthorized { .. });
        with_secrets(self.secrets.as_ref(), &customer.id, no_secret(), is_refusal, |secrets| async move {
            let proof = self.proof(customer, tenant, &secrets, None).await?;
            match (self.exchange(tenant, call, &proof).await, proof) {
                (Err(AtsError::Unauthorized { .. }), Proof::Token(refused)) => {
                    let proof = self.proof(customer, tenant, &secrets, Some(&refused)).await?;
                    self.exchange(tenant, call, &proof).await
                }
                (result, _) => result,
            }
        })
        .await
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

    /// # Errors
    /// Also [`AtsError::Unauthorized`] if the credential is refused.
    async fn exchange(&self, tenant: &Tenant, call: &Call, proof: &Proof) -> Result<Answer, AtsError> {
        tenant.quota(|quota| quota.check(self.clock.now()))?;
        let started = Instant::now();
        let answer = self.transport.send(call, Some(&proof.header()?)).await;
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (what, method) = (call.what, &call.method);
        let answer = answer.inspect_err(|error| {
            tracing::debug!(call = what, http.method = %method, %error, duration_ms, "iCIMS did not answer");
        })?;
        tenant.quota(|quota| quota.note(&answer.headers, self.clock.now()));
        tracing::debug!(
            call = what,
            http.method = %method,
            http.status = answer.status.as_u16(),
            errors = %Complaints::of_errors(&answer),
            icims.transaction = error::transaction(&answer.headers),
            duration_ms,
            "iCIMS answered"
        );
        match answer.status {
            StatusCode::UNAUTHORIZED => Err(AtsError::Unauthorized { at: RefusedAt::Api }),
            _ => Ok(answer),
        }
    }
}

fn no_secret() -> AtsError {
    AtsError::Misconfigured { why: "the customer has no secret".to_owned() }
}
