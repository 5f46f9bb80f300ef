//! A customer's secret as JSON, and how it is read. A key that is missing or of another kind is named; a value never.

use secrecy::SecretString;
use serde::Deserialize;

use crate::failure::Failure;
use crate::ports::{BasicPair, CallbackSecrets, IcimsCredential, PushSecrets, SecretSet};

#[derive(Deserialize)]
struct Wire {
    icims: WireIcims,
    #[serde(default)]
    push: WirePush,
    crosschq: WireCrosschq,
    callback: WireCallback,
}

#[derive(Deserialize)]
struct WireIcims {
    oauth: Option<WireClient>,
    basic: Option<WireBasic>,
}

#[derive(Deserialize)]
struct WireClient {
    client_id: String,
    client_secret: String,
}

#[derive(Deserialize)]
struct WireBasic {
    user: String,
    password: String,
}

#[derive(Deserialize)]
struct WireHmac {
    user: String,
    key: String,
}

#[derive(Deserialize, Default)]
struct WirePush {
    basic: Option<WireBasic>,
    hmac: Option<WireHmac>,
    oauth: Option<WireClient>,
    token_key: Option<String>,
    path_secret: Option<String>,
}

#[derive(Deserialize)]
struct WireCrosschq {
    token: String,
}

#[derive(Deserialize)]
struct WireCallback {
    path_secret: String,
    token: Option<String>,
}

fn pair(user: String, password: String) -> BasicPair {
    BasicPair { user: user.into(), password: password.into() }
}

fn some(text: Option<String>) -> Option<SecretString> {
    text.filter(|text| !text.is_empty()).map(SecretString::from)
}

/// Reads one version of a secret.
pub(super) fn read(version: String, json: &str) -> Result<SecretSet, Failure> {
    let wire: Wire = serde_json::from_str(json).map_err(|error| {
        // Serde names the missing key; of a value it says no more than its kind, except for unknown variants, of which
        // there are none here.
        Failure::internal(format!(
            "the customer's secret cannot be read (line {}, column {})",
            error.line(),
            error.column()
        ))
    })?;
    let icims = match (wire.icims.oauth, wire.icims.basic) {
        (Some(client), _) => {
            IcimsCredential::OAuth { client_id: client.client_id, client_secret: client.client_secret.into() }
        }
        (None, Some(basic)) => IcimsCredential::Basic(pair(basic.user, basic.password)),
        (None, None) => {
            return Err(Failure::internal("the customer's secret: `icims` has neither `oauth` nor `basic`"));
        }
    };
    for (key, value) in [("crosschq.token", &wire.crosschq.token), ("callback.path_secret", &wire.callback.path_secret)]
    {
        if value.is_empty() {
            return Err(Failure::internal(format!("the customer's secret: `{key}` is empty")));
        }
    }
    Ok(SecretSet {
        version,
        icims,
        push: PushSecrets {
            basic: wire.push.basic.map(|basic| pair(basic.user, basic.password)),
            hmac: wire.push.hmac.map(|hmac| pair(hmac.user, hmac.key)),
            oauth: wire.push.oauth.map(|client| pair(client.client_id, client.client_secret)),
            token_key: some(wire.push.token_key),
            path_secret: some(wire.push.path_secret),
        },
        crosschq_token: wire.crosschq.token.into(),
        callback: CallbackSecrets { path_secret: wire.callback.path_secret.into(), token: some(wire.callback.token) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"icims":{"oauth":{"client_id":"c","client_secret":"hush"}},
        "push":{"hmac":{"user":"u","key":"hush"},"path_secret":""},
        "crosschq":{"token":"hush"},"callback":{"path_secret":"hush"}}"#;

    #[test]
    fn a_whole_secret_is_read_and_printed_by_nobody() {
        let set = read("v1".to_owned(), WHOLE).unwrap();
        assert!(set.push.hmac.is_some() && set.push.basic.is_none() && set.push.path_secret.is_none());
        assert!(!format!("{set:?}").contains("hush"));
    }

    #[test]
    fn what_is_missing_is_named_without_any_value() {
        let neither = WHOLE.replace("oauth", "other");
        assert!(read("v".to_owned(), &neither).unwrap_err().to_string().contains("neither"));
        let empty = WHOLE.replace(r#""token":"hush""#, r#""token":"""#);
        assert!(read("v".to_owned(), &empty).unwrap_err().to_string().contains("crosschq.token"));
        let broken = read("v".to_owned(), "{\"icims\":\"hush\"}").unwrap_err();
        assert!(!broken.to_string().contains("hush"));
    }
}
