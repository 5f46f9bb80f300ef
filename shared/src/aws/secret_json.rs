//! The JSON of one customer's secret, and nothing of it in any message.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::item::parse;
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
    /// The version's id.
    pub(super) version: String,
    /// The text, not looked at yet.
    pub(super) json: SecretString,
}

impl Stored {
    /// Reads it, or tells which key does not hold; never a value, nor a key that is not ours.
    pub(super) fn parse(self) -> Result<SecretSet, String> {
        let wire: Wire =
            parse(&mut serde_json::Deserializer::from_str(self.json.expose_secret())).map_err(|error| {
                let problem = match error.problem.as_str() {
                    known if known.starts_with("missing field") => known.split(" at line").next().unwrap_or(known),
                    "must not be empty" => "must not be empty",
                    unknown if unknown.starts_with("unknown field") => "has a key that is not known",
                    _ => "cannot be read",
                };
                let ours: Vec<_> = error.field.split('.').filter(|key| KEYS.contains(key)).collect();
                format!("{}: {problem}", ours.join("."))
            })?;
        Ok(wire.into_set(self.version))
    }
}

const EMPTY: &str = "must not be empty";

/// A text that is not empty: an empty secret would open the door to everyone.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Text(SecretString);

impl TryFrom<String> for Text {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.trim().is_empty() { Err(EMPTY) } else { Ok(Self(text.into())) }
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

impl Wire {
    fn into_set(self, version: String) -> SecretSet {
        let pair = |user: Text, password: Text| BasicPair { user: user.0, password: password.0 };
        let text = |text: Text| text.0;
        SecretSet {
            version,
            icims: match self.icims {
                WireIcims::Oauth(client) => IcimsCredential::OAuth {
                    client_id: client.client_id.0.expose_secret().to_owned(),
                    client_secret: client.client_secret.0,
                },
                WireIcims::Basic(basic) => IcimsCredential::Basic(pair(basic.user, basic.password)),
            },
            push: PushSecrets {
                basic: self.push.basic.map(|basic| pair(basic.user, basic.password)),
                hmac: self.push.hmac.map(|hmac| pair(hmac.user, hmac.key)),
                oauth: self.push.oauth.map(|client| pair(client.client_id, client.client_secret)),
                token_key: self.push.token_key.map(text),
                path_secret: self.push.path_secret.map(text),
            },
            crosschq_token: self.crosschq.token.0,
            callback: CallbackSecrets {
                path_secret: self.callback.path_secret.0,
                token: self.callback.token.map(text),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &serde_json::Value) -> Result<SecretSet, String> {
        Stored { version: "v-1".to_owned(), json: json.to_string().into() }.parse()
    }

    fn whole() -> serde_json::Value {
        serde_json::json!({
            "icims": {"oauth": {"client_id": "id", "client_secret": "secret-1"}},
            "push": {"basic": {"user": "u", "password": "secret-2"}, "hmac": {"user": "h", "key": "secret-3"},
                     "oauth": {"client_id": "1234.x", "client_secret": "secret-4"}, "token_key": "secret-5",
                     "path_secret": "secret-6"},
            "crosschq": {"token": "secret-7"},
            "callback": {"path_secret": "secret-8", "token": "secret-9"}
        })
    }

    #[test]
    fn every_secret_lands_where_it_belongs() {
        let set = parse(&whole()).unwrap();
        let shown = |secret: &SecretString| secret.expose_secret().to_owned();
        assert_eq!(set.version, "v-1");
        let IcimsCredential::OAuth { client_id, client_secret } = &set.icims else { panic!("{:?}", set.icims) };
        assert_eq!((client_id.as_str(), shown(client_secret)), ("id", "secret-1".to_owned()));
        assert_eq!(shown(&set.push.basic.unwrap().password), "secret-2");
        assert_eq!(shown(&set.push.hmac.unwrap().password), "secret-3");
        assert_eq!(shown(&set.push.oauth.unwrap().password), "secret-4");
        assert_eq!(shown(&set.push.token_key.unwrap()), "secret-5");
        assert_eq!(shown(&set.push.path_secret.unwrap()), "secret-6");
        assert_eq!(shown(&set.crosschq_token), "secret-7");
        assert_eq!(shown(&set.callback.path_secret), "secret-8");
        assert_eq!(shown(&set.callback.token.unwrap()), "secret-9");
    }

    #[test]
    fn what_icims_does_not_prove_itself_with_may_be_left_out() {
        let least = serde_json::json!({
            "icims": {"basic": {"user": "u", "password": "p"}},
            "crosschq": {"token": "t"},
            "callback": {"path_secret": "p"}
        });
        let set = parse(&least).unwrap();
        assert!(matches!(set.icims, IcimsCredential::Basic(_)));
        assert!(set.push.basic.is_none() && set.callback.token.is_none());
    }

    #[test]
    fn a_secret_that_does_not_read_names_its_key_and_shows_no_value() {
        let with = |pointer: &str, value: serde_json::Value| {
            let mut json = whole();
            *json.pointer_mut(pointer).unwrap() = value;
            json
        };
        for (json, named) in [
            (with("/crosschq/token", 5.into()), "crosschq.token: cannot be read"),
            (with("/crosschq/token", " ".into()), "crosschq.token: must not be empty"),
            (with("/callback/path_secret", "".into()), "callback.path_secret: must not be empty"),
            (with("/callback", serde_json::json!({"token": "hunter2"})), "callback: missing field `path_secret`"),
            (with("/push/hmac", serde_json::json!({"user": "u", "hunter2": "x"})), "push.hmac"),
            (with("/icims", serde_json::json!({"hunter2": {}})), "icims"),
        ] {
            let why = parse(&json).unwrap_err();
            assert!(why.starts_with(named), "{why}");
            assert!(!why.contains("hunter2") && !why.contains("secret-"), "{why}");
        }
        let no_json = Stored { version: String::new(), json: "hunter2".into() }.parse().unwrap_err();
        assert!(!no_json.contains("hunter2"), "{no_json}");
    }

    #[test]
    fn secrets_cannot_be_printed() {
        let printed = format!("{:?}", parse(&whole()).unwrap());
        assert!(!printed.contains("secret-"), "{printed}");
    }
}
