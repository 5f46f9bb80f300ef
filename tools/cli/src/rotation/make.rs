//! New values of what is ours, and what has to be handed over for them to be used.

use connector_core::domain::{CallbackAuth, CustomerId, Settings};
use connector_core::ports::{BasicPair, SecretSet};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::Credential;
use crate::failure::CliError;
use crate::onboarding::generated;
use crate::onboarding::handover::{callback_url, event_url, token_url};
use crate::random;
use crate::session::Stack;

/// One value to hand over: its name at the other side, and the value in clear. Printed once, never kept.
#[derive(Serialize)]
pub(crate) struct HandOver {
    /// What the other side calls it.
    pub(crate) field: &'static str,
    pub(crate) value: String,
}

/// The secret with a new value of this credential.
///
/// # Errors
/// For a credential that a vendor makes; or if there are no random bytes.
pub(crate) fn made(
    credential: Credential,
    customer: &CustomerId,
    settings: &Settings,
    current: &SecretSet,
) -> Result<SecretSet, CliError> {
    let mut set = current.clone();
    let login = |before: Option<&BasicPair>| -> Result<BasicPair, CliError> {
        let user = before.map_or_else(|| format!("icims-{customer}").into(), |pair| pair.user.clone());
        Ok(BasicPair { user, password: random::secret()? })
    };
    match credential {
        Credential::Icims | Credential::Crosschq => {
            return Err(CliError::internal(format!("{} is not ours to make", credential.word())));
        }
        Credential::PushBasic => set.push.basic = Some(login(current.push.basic.as_ref())?),
        Credential::PushHmac => set.push.hmac = Some(login(current.push.hmac.as_ref())?),
        Credential::PushOauth => {
            let user = generated::client_id(customer)?.into();
            set.push.oauth = Some(BasicPair { user, password: random::secret()? });
            if set.push.token_key.is_none() {
                // Without it no token can be issued.
                set.push.token_key = Some(random::secret()?);
            }
        }
        Credential::PushPathSecret => set.push.path_secret = Some(random::secret()?),
        Credential::TokenKey => set.push.token_key = Some(random::secret()?),
        Credential::CallbackPath => set.callback.path_secret = random::secret()?,
        Credential::CallbackToken => {
            // Settings that ask for no token today may ask for one tomorrow.
            let auth = match settings.crosschq.callback_auth {
                CallbackAuth::None => CallbackAuth::Token,
                auth => auth,
            };
            set.callback.token = generated::callback_token(auth)?;
        }
    }
    Ok(set)
}

/// What the other side has to be given, in its words; empty where nobody has to be told.
pub(crate) fn hand_over(
    credential: Credential,
    customer: &CustomerId,
    stack: &Stack,
    set: &SecretSet,
) -> Vec<HandOver> {
    let shown =
        |field: &'static str, secret: &SecretString| HandOver { field, value: secret.expose_secret().to_owned() };
    let login = |user: &'static str, password: &'static str, pair: Option<&BasicPair>| {
        pair.map(|pair| vec![shown(user, &pair.user), shown(password, &pair.password)]).unwrap_or_default()
    };
    match credential {
        Credential::Icims | Credential::Crosschq | Credential::TokenKey => Vec::new(),
        Credential::PushBasic => login("User name", "Password", set.push.basic.as_ref()),
        Credential::PushHmac => login("User", "Key", set.push.hmac.as_ref()),
        Credential::PushOauth => {
            let mut all = vec![HandOver { field: "Access Token URL", value: token_url(stack) }];
            all.extend(login("Client ID", "Client Secret", set.push.oauth.as_ref()));
            all
        }
        Credential::PushPathSecret => set
            .push
            .path_secret
            .iter()
            .map(|secret| HandOver {
                field: "Event notification URL",
                value: format!("{}/{}", event_url(stack), secret.expose_secret()),
            })
            .collect(),
        Credential::CallbackPath => {
            let value = callback_url(stack, customer, set.callback.path_secret.expose_secret());
            vec![HandOver { field: "Webhook URL", value }]
        }
        Credential::CallbackToken => set.callback.token.iter().map(|token| shown("Webhook token", token)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use connector_core::aws::secret_set;
    use serde_json::json;

    use super::*;
    use crate::secrets_document::document::secret_json;
    use crate::testing::secret;

    fn least() -> SecretSet {
        secret("v", json!({}))
    }

    fn settings(callback_auth: &str) -> Settings {
        crate::testing::settings(json!({"crosschq": {"callback_auth": callback_auth}}))
    }

    #[test]
    fn each_of_ours_is_made_anew_alone_and_reads_back() {
        let (customer, settings) = ("1234".parse().unwrap(), settings("token"));
        for credential in Credential::ALL.into_iter().filter(|part| !part.is_theirs()) {
            let set = made(credential, &customer, &settings, &least()).unwrap();
            let read = secret_set("w", secret_json(&set)).unwrap();
            let changed: Vec<_> = Credential::ALL.into_iter().filter(|part| part.differs(&least(), &read)).collect();
            let expected = match credential {
                Credential::PushOauth => vec![Credential::PushOauth, Credential::TokenKey],
                other => vec![other],
            };
            assert_eq!(changed, expected);
        }
    }

    #[test]
    fn a_client_id_names_its_customer_and_a_callback_token_has_the_settings_kind() {
        let customer = "1234".parse().unwrap();
        let set = made(Credential::PushOauth, &customer, &settings("token"), &least()).unwrap();
        assert!(set.push.oauth.unwrap().user.expose_secret().starts_with("1234."));
        for (auth, start) in [("basic", "crosschq:"), ("standard_webhooks", "whsec_")] {
            let set = made(Credential::CallbackToken, &customer, &settings(auth), &least()).unwrap();
            assert!(set.callback.token.unwrap().expose_secret().starts_with(start));
        }
    }

    #[test]
    fn what_a_vendor_makes_is_not_made_here() {
        for theirs in [Credential::Icims, Credential::Crosschq] {
            assert!(made(theirs, &"1234".parse().unwrap(), &settings("token"), &least()).is_err());
        }
    }
}
