//! What the two vendors are given: printed once, kept nowhere but in the customer's secret.

use connector_core::domain::{AuthMode, CallbackAuth, CustomerId, Settings};
use connector_core::ports::{BasicPair, SecretSet};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::session::Stack;
use crate::terminal::Table;

/// No compressed push has come through an HTTP API yet (docs/vendors/icims.md §2.4), and one that does not is lost.
const COMPRESSION: &str = "leave it off until `connector doctor --verify` says that compressed events are taken";

/// For iCIMS support, or the customer's iCIMS administrator.
#[derive(Serialize)]
pub(crate) struct ForIcims {
    /// Where status events are pushed, by `POST`.
    pub(crate) event_url: String,
    /// The statuses to subscribe.
    pub(crate) statuses: Vec<String>,
    /// Whether iCIMS may compress its pushes.
    pub(crate) compression: &'static str,
    /// One of these is enough for iCIMS.
    pub(crate) authentication: Vec<Proof>,
}

/// One way in which iCIMS may prove itself.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Proof {
    /// HTTP Basic.
    Basic { user: String, password: String },
    /// `x-icims-v1-hmac-sha256` (docs/vendors/icims.md §1.4).
    Hmac {
        user: String,
        /// Key, as it stands.
        key: String,
    },
    /// Client credentials at our token endpoint.
    #[serde(rename = "oauth")]
    OAuth {
        /// Where a token is asked for.
        token_url: String,
        client_id: String,
        client_secret: String,
    },
    /// A secret at the end of the URL.
    PathSecret {
        /// The event URL to use instead.
        event_url: String,
    },
}

/// For the customer's Crosschq administrator (docs/vendors/crosschq.md §2).
#[derive(Serialize)]
pub(crate) struct ForCrosschq {
    pub(crate) callback_url: String,
    pub(crate) method: &'static str,
    /// What to choose as authentication.
    pub(crate) authentication: &'static str,
    /// What to paste into its field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
}

/// The event URL; its last segment is secret only with [`AuthMode::PathSecret`].
pub(crate) fn event_url(stack: &Stack) -> String {
    format!("{}/icims/events", stack.api_url)
}

pub(crate) fn token_url(stack: &Stack) -> String {
    format!("{}/icims/oauth/token", stack.api_url)
}

/// The callback URL; `secret` is its last segment.
pub(crate) fn callback_url(stack: &Stack, customer: &CustomerId, secret: &str) -> String {
    format!("{}/crosschq/callbacks/{customer}/{secret}", stack.api_url)
}

/// What Crosschq calls this way of proving.
pub(crate) const fn callback_kind(auth: CallbackAuth) -> &'static str {
    match auth {
        CallbackAuth::None => "No Auth",
        CallbackAuth::Basic => "Basic",
        CallbackAuth::Token => "Token",
        CallbackAuth::StandardWebhooks => "Standard Webhooks signature",
    }
}

/// The statuses that iCIMS must tell of.
pub(crate) fn statuses(settings: &Settings) -> Vec<String> {
    let sets = &settings.icims.statuses;
    sets.trigger.iter().chain(&sets.rejected).chain(&sets.withdrawn).map(ToString::to_string).collect()
}

impl ForIcims {
    /// As the settings accept it and the secrets hold it.
    pub(crate) fn of(stack: &Stack, settings: &Settings, secrets: &SecretSet) -> Self {
        let proofs = settings.icims.push.accept.iter().filter_map(|mode| Proof::of(stack, *mode, secrets));
        Self {
            event_url: event_url(stack),
            statuses: statuses(settings),
            compression: COMPRESSION,
            authentication: proofs.collect(),
        }
    }

    /// For people.
    pub(crate) fn table(&self) -> Table {
        let mut table = Table::pairs().title("Hand to iCIMS (shown only now)");
        let mut row = |name: &str, value: &str| table.row([&name, &value]);
        row("events, POST to", &self.event_url);
        row("statuses", &self.statuses.join(", "));
        row("compression", self.compression);
        for proof in &self.authentication {
            match proof {
                Proof::Basic { user, password } => {
                    row("Basic user", user);
                    row("Basic password", password);
                }
                Proof::Hmac { user, key } => {
                    row("HMAC user", user);
                    row("HMAC key", key);
                }
                Proof::OAuth { token_url, client_id, client_secret } => {
                    row("OAuth token URL", token_url);
                    row("OAuth client id", client_id);
                    row("OAuth client secret", client_secret);
                }
                Proof::PathSecret { event_url } => row("secret URL, instead", event_url),
            }
        }
        table
    }
}

impl Proof {
    fn of(stack: &Stack, mode: AuthMode, secrets: &SecretSet) -> Option<Self> {
        let push = &secrets.push;
        let texts = |pair: &Option<BasicPair>| pair.as_ref().map(|pair| (shown(&pair.user), shown(&pair.password)));
        Some(match mode {
            AuthMode::Basic => {
                let (user, password) = texts(&push.basic)?;
                Self::Basic { user, password }
            }
            AuthMode::Hmac => {
                let (user, key) = texts(&push.hmac)?;
                Self::Hmac { user, key }
            }
            AuthMode::OAuth => {
                let (client_id, client_secret) = texts(&push.oauth)?;
                Self::OAuth { token_url: token_url(stack), client_id, client_secret }
            }
            AuthMode::PathSecret => {
                let secret = shown(push.path_secret.as_ref()?);
                Self::PathSecret { event_url: format!("{}/{secret}", event_url(stack)) }
            }
        })
    }
}

impl ForCrosschq {
    /// As the settings accept it and the secrets hold it.
    pub(crate) fn of(stack: &Stack, customer: &CustomerId, settings: &Settings, secrets: &SecretSet) -> Self {
        let auth = settings.crosschq.callback_auth;
        Self {
            callback_url: callback_url(stack, customer, secrets.callback.path_secret.expose_secret()),
            method: "POST",
            authentication: callback_kind(auth),
            token: secrets.callback.token.as_ref().filter(|_| auth != CallbackAuth::None).map(shown),
        }
    }

    /// For people.
    pub(crate) fn table(&self) -> Table {
        let mut table = Table::pairs().title("Paste into Crosschq's webhook settings (shown only now)");
        let mut row = |name: &str, value: &str| table.row([&name, &value]);
        row("callback URL", &self.callback_url);
        row("method", self.method);
        row("authentication", self.authentication);
        if let Some(token) = &self.token {
            row("token", token);
        }
        table
    }
}

/// The one place where a secret becomes something to read.
fn shown(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}
