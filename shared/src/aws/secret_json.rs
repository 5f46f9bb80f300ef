//! Reading the JSON of one customer's secret; nothing of it is in any message.

use secrecy::{ExposeSecret, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::documents::parse;
use super::unreadable::{Problem, Unreadable};
use crate::ports::{BasicPair, CallbackSecrets, IcimsCredential, PushSecrets, SecretSet};

/// The keys of the JSON. Anything else that stands in a key's place may be a secret put there by mistake.
const KEYS: [&str; 15] = [
    "icims",
    "push",
    "crosschq",
    "callback",
    "oauth",
    "basic",
    "hmac",
    "client_id",
    "client_secret",
    "user",
    "password",
    "key",
    "token",
    "token_key",
    "path_secret",
];

/// One version as it is stored.
pub(super) struct Stored {
    pub(super) version: String,
    /// The text, not looked at yet.
    pub(super) json: SecretString,
}

impl Stored {
    /// Reads it, or tells which key does not hold; never a value, nor a key that is not ours.
    pub(super) fn parse(self) -> Result<SecretSet, String> {
        let wire: Wire = parse(&mut serde_json::Deserializer::from_str(self.json.expose_secret()))
            .map_err(|error| describe(&error))?;
        Ok(wire.into_set(self.version))
    }
}

/// Reads one version of a customer's secret.
///
/// # Errors
/// Which key does not hold; never a value.
pub fn secret_set(version: impl Into<String>, json: SecretString) -> Result<SecretSet, String> {
    Stored { version: version.into(), json }.parse()
}

fn describe(error: &Unreadable) -> String {
    let problem = match &error.problem {
        problem @ (Problem::Missing(_) | Problem::Empty) => problem.to_string(),
        Problem::Unknown { .. } => "has a key that is not known".to_owned(),
        _ => "cannot be read".to_owned(),
    };
    let ours: Vec<_> = error.field.split('.').filter(|key| KEYS.contains(key)).collect();
    if ours.is_empty() { problem } else { format!("{}: {problem}", ours.join(".")) }
}

/// A text that is not empty: an empty secret would authenticate everyone.
struct Text(SecretString);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.trim().is_empty() { Err(D::Error::invalid_length(0, &"a text")) } else { Ok(Self(text.into())) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    icims: WireIcims,
    #[serde(default)]
    push: WirePush,
    crosschq: WireCrosschq,
    callback: WireCallback,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireIcims {
    Oauth(WireClient),
    Basic(WireBasic),
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WirePush {
    basic: Option<WireBasic>,
    hmac: Option<WireHmac>,
    oauth: Option<WireClient>,
    token_key: Option<Text>,
    path_secret: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireBasic {
    user: Text,
    password: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireHmac {
    user: Text,
    key: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireClient {
    client_id: Text,
    client_secret: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCrosschq {
    token: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCallback {
    path_secret: Text,
    #[serde(default)]
    token: Option<Text>,
}

fn pair(user: Text, password: Text) -> BasicPair {
    BasicPair { user: user.0, password: password.0 }
}

impl WireIcims {
    fn into_credential(self) -> IcimsCredential {
        match self {
            Self::Oauth(client) => IcimsCredential::OAuth {
                client_id: client.client_id.0.expose_secret().to_owned(),
                client_secret: client.client_secret.0,
            },
            Self::Basic(basic) => IcimsCredential::Basic(pair(basic.user, basic.password)),
        }
    }
}

impl WirePush {
    fn into_secrets(self) -> PushSecrets {
        PushSecrets {
            basic: self.basic.map(|basic| pair(basic.user, basic.password)),
            hmac: self.hmac.map(|hmac| pair(hmac.user, hmac.key)),
            oauth: self.oauth.map(|client| pair(client.client_id, client.client_secret)),
            token_key: self.token_key.map(|key| key.0),
            path_secret: self.path_secret.map(|secret| secret.0),
        }
    }
}

impl Wire {
    fn into_set(self, version: String) -> SecretSet {
        SecretSet {
            version,
            icims: self.icims.into_credential(),
            push: self.push.into_secrets(),
            crosschq_token: self.crosschq.token.0,
            callback: CallbackSecrets {
                path_secret: self.callback.path_secret.0,
                token: self.callback.token.map(|token| token.0),
            },
        }
    }
}

#[cfg(test)]
mod tests;
