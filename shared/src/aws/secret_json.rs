//! The JSON of one customer's secret, read and written, and nothing of it in any message.

use secrecy::{ExposeSecret, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::documents::parse;
use super::unreadable::{Problem, Unreadable};
use crate::failure::Failure;
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
        let wire: Wire =
            parse(&mut serde_json::Deserializer::from_str(self.json.expose_secret())).map_err(|error| told(&error))?;
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

/// A customer's secret as the JSON that [`secret_set`] reads; the version's id is no part of it.
///
/// # Errors
/// [`Failure::Internal`] if it cannot be written.
pub fn secret_json(set: &SecretSet) -> Result<SecretString, Failure> {
    let json = serde_json::to_string(&Wire::of(set));
    json.map(SecretString::from).map_err(|_| Failure::bug("a secret cannot be written as JSON"))
}

/// What a person brings of a customer's secret: any of its keys, in the same places.
#[derive(Debug, Clone, Default)]
pub struct GivenSecrets {
    pub icims: Option<IcimsCredential>,
    pub push: PushSecrets,
    pub crosschq_token: Option<SecretString>,
    /// From Crosschq: the last segment of the URL's path.
    pub callback_path_secret: Option<SecretString>,
    /// From Crosschq: the single token field.
    pub callback_token: Option<SecretString>,
}

/// Reads what a person brings, from JSON, TOML or whatever else has a deserialiser.
///
/// # Errors
/// Which key does not hold; never a value.
pub fn given_secrets<'de>(input: impl Deserializer<'de>) -> Result<GivenSecrets, String> {
    let wire: WireGiven = parse(input).map_err(|error| told(&error))?;
    Ok(GivenSecrets {
        icims: wire.icims.map(WireIcims::into_credential),
        push: wire.push.into_secrets(),
        crosschq_token: wire.crosschq.token.map(|token| token.0),
        callback_path_secret: wire.callback.path_secret.map(|secret| secret.0),
        callback_token: wire.callback.token.map(|token| token.0),
    })
}

fn told(error: &Unreadable) -> String {
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

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose_secret())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.trim().is_empty() { Err(D::Error::invalid_length(0, &"a text")) } else { Ok(Self(text.into())) }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    icims: WireIcims,
    #[serde(default)]
    push: WirePush,
    crosschq: WireCrosschq,
    callback: WireCallback,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum WireIcims {
    Oauth(WireClient),
    Basic(WireBasic),
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct WirePush {
    #[serde(skip_serializing_if = "Option::is_none")]
    basic: Option<WireBasic>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hmac: Option<WireHmac>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oauth: Option<WireClient>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_key: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_secret: Option<Text>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireBasic {
    user: Text,
    password: Text,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireHmac {
    user: Text,
    key: Text,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireClient {
    client_id: Text,
    client_secret: Text,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireCrosschq {
    token: Text,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireCallback {
    path_secret: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WireGiven {
    icims: Option<WireIcims>,
    push: WirePush,
    crosschq: WireGivenCrosschq,
    callback: WireGivenCallback,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WireGivenCrosschq {
    token: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WireGivenCallback {
    path_secret: Option<Text>,
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

    fn of(set: &SecretSet) -> Self {
        let text = |secret: &SecretString| Text(secret.clone());
        let client = |id: Text, secret: &SecretString| WireClient { client_id: id, client_secret: text(secret) };
        let basic = |pair: &BasicPair| WireBasic { user: text(&pair.user), password: text(&pair.password) };
        Self {
            icims: match &set.icims {
                IcimsCredential::OAuth { client_id, client_secret } => {
                    WireIcims::Oauth(client(Text(client_id.clone().into()), client_secret))
                }
                IcimsCredential::Basic(pair) => WireIcims::Basic(basic(pair)),
            },
            push: WirePush {
                basic: set.push.basic.as_ref().map(basic),
                hmac: set.push.hmac.as_ref().map(|pair| WireHmac { user: text(&pair.user), key: text(&pair.password) }),
                oauth: set.push.oauth.as_ref().map(|pair| client(text(&pair.user), &pair.password)),
                token_key: set.push.token_key.as_ref().map(text),
                path_secret: set.push.path_secret.as_ref().map(text),
            },
            crosschq: WireCrosschq { token: text(&set.crosschq_token) },
            callback: WireCallback {
                path_secret: text(&set.callback.path_secret),
                token: set.callback.token.as_ref().map(text),
            },
        }
    }
}

#[cfg(test)]
mod tests;
