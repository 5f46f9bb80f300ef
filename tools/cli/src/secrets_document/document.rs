//! The JSON of a customer's secret as operators write it: whole, or only what a person provides of it. Reading a stored
//! one is `connector_core::aws::secret_set`.

use connector_core::aws::secret_set;
use connector_core::ports::{BasicPair, IcimsCredential, PushSecrets, SecretSet};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};

/// What a person provides of a customer's secret: any of its keys, in the same places.
#[derive(Debug, Clone, Default)]
pub(crate) struct GivenSecrets {
    /// Towards iCIMS.
    pub(crate) icims: Option<IcimsCredential>,
    /// From iCIMS.
    pub(crate) push: PushSecrets,
    /// Towards Crosschq.
    pub(crate) crosschq_token: Option<SecretString>,
    /// From Crosschq: the last segment of the URL's path.
    pub(crate) callback_path_secret: Option<SecretString>,
    /// From Crosschq: the single token field.
    pub(crate) callback_token: Option<SecretString>,
}

/// Reads what a person provides.
///
/// # Errors
/// Which key does not hold; never a value.
pub(crate) fn given_secrets(mut given: Value) -> Result<GivenSecrets, String> {
    // What a whole secret must have and a part need not, so that one parser reads both.
    let placeholders = [
        ("icims", json!({"basic": {"user": "-", "password": "-"}})),
        ("crosschq", json!({"token": "-"})),
        ("callback", json!({"path_secret": "-"})),
    ];
    let has = |given: &Value, pointer: &str| given.pointer(pointer).is_some();
    let (icims, token, path) =
        (has(&given, "/icims"), has(&given, "/crosschq/token"), has(&given, "/callback/path_secret"));
    for (name, placeholder) in placeholders {
        let Some(fields) = given.as_object_mut() else { break };
        let Value::Object(filled) = fields.entry(name).or_insert_with(|| placeholder.clone()) else { continue };
        if name != "icims" {
            for (key, value) in placeholder.as_object().into_iter().flatten() {
                filled.entry(key.as_str()).or_insert_with(|| value.clone());
            }
        }
    }
    let set = secret_set(String::new(), given.to_string().into())?;
    Ok(GivenSecrets {
        icims: icims.then_some(set.icims),
        push: set.push,
        crosschq_token: token.then_some(set.crosschq_token),
        callback_path_secret: path.then_some(set.callback.path_secret),
        callback_token: set.callback.token,
    })
}

/// A customer's secret as the JSON that the functions read; the version's id is no part of it.
pub(crate) fn secret_json(set: &SecretSet) -> SecretString {
    let pair = |pair: &BasicPair, user: &str, password: &str| json!({user: pair.user.expose_secret(), password: pair.password.expose_secret()});
    let text = |secret: &SecretString| Value::from(secret.expose_secret());
    let PushSecrets { basic, hmac, oauth, token_key, path_secret } = &set.push;
    let push = [
        ("basic", basic.as_ref().map(|basic| pair(basic, "user", "password"))),
        ("hmac", hmac.as_ref().map(|hmac| pair(hmac, "user", "key"))),
        ("oauth", oauth.as_ref().map(|oauth| pair(oauth, "client_id", "client_secret"))),
        ("token_key", token_key.as_ref().map(text)),
        ("path_secret", path_secret.as_ref().map(text)),
    ];
    let push: Map<String, Value> = push.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
    let icims = match &set.icims {
        IcimsCredential::OAuth { client_id, client_secret } => {
            json!({"oauth": {"client_id": client_id, "client_secret": client_secret.expose_secret()}})
        }
        IcimsCredential::Basic(basic) => json!({"basic": pair(basic, "user", "password")}),
    };
    let mut callback = json!({"path_secret": set.callback.path_secret.expose_secret()});
    if let Some(token) = &set.callback.token {
        callback["token"] = text(token);
    }
    let crosschq = json!({"token": set.crosschq_token.expose_secret()});
    json!({"icims": icims, "push": push, "crosschq": crosschq, "callback": callback}).to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_says_no_more_than_it_holds() {
        let whole = json!({
            "icims": {"oauth": {"client_id": "id", "client_secret": "1"}},
            "push": {"basic": {"user": "u", "password": "2"}, "hmac": {"user": "h", "key": "3"},
                     "oauth": {"client_id": "1234.x", "client_secret": "4"}, "token_key": "5", "path_secret": "6"},
            "crosschq": {"token": "7"},
            "callback": {"path_secret": "8", "token": "9"}
        });
        let least = json!({
            "icims": {"basic": {"user": "u", "password": "p"}}, "push": {}, "crosschq": {"token": "t"},
            "callback": {"path_secret": "p"}
        });
        for json in [whole, least] {
            let written = secret_json(&secret_set("v", json.to_string().into()).unwrap());
            assert_eq!(serde_json::from_str::<Value>(written.expose_secret()).unwrap(), json);
        }
    }

    #[test]
    fn a_person_may_provide_any_part_and_what_they_misspell_is_not_shown() {
        let some = given_secrets(json!({"crosschq": {"token": "t"}, "callback": {"token": "c"}})).unwrap();
        assert!(some.icims.is_none() && some.callback_path_secret.is_none());
        assert_eq!(some.crosschq_token.unwrap().expose_secret(), "t");
        assert_eq!(some.callback_token.unwrap().expose_secret(), "c");
        for (json, why) in [
            (json!({"hunter2": 1}), "has a key that is not known"),
            (json!({"crosschq": {"hunter2": "x"}}), "crosschq: has a key that is not known"),
            (json!({"crosschq": {"token": ["hunter2"]}}), "crosschq.token: cannot be read"),
            (json!({"icims": {"oauth": {"client_id": "hunter2"}}}), "icims.oauth: missing field `client_secret`"),
            (json!("hunter2"), "cannot be read"),
        ] {
            assert_eq!(given_secrets(json).unwrap_err(), why);
        }
    }
}
