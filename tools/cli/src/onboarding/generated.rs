//! The secrets that we make up: what iCIMS' pushes and Crosschq's callbacks prove themselves with.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use connector_core::domain::{AuthMode, CallbackAuth, CustomerId, Settings};
use connector_core::ports::{BasicPair, CallbackSecrets, PushSecrets, SecretSet};
use secrecy::{ExposeSecret as _, SecretString};

use super::prompt::ProvidedSecrets;
use crate::failure::CliError;
use crate::random;

/// A customer's whole secret: what was brought, and the rest made up as the settings need it.
pub(crate) fn whole(
    customer: &CustomerId,
    settings: &Settings,
    provided: ProvidedSecrets,
) -> Result<SecretSet, CliError> {
    let ProvidedSecrets { icims, crosschq_token, rest } = provided;
    let mut push = rest.push;
    fill_push(customer, &settings.icims.push.accept, &mut push)?;
    let path_secret = rest.callback_path_secret.map_or_else(random::secret, Ok)?;
    let token = match (rest.callback_token, settings.crosschq.callback_auth) {
        (Some(token), _) => Some(token),
        (None, auth) => callback_token(auth)?,
    };
    Ok(SecretSet {
        version: String::new(),
        icims,
        push,
        crosschq_token,
        callback: CallbackSecrets { path_secret, token },
    })
}

/// Makes up what the accepted ways need and the customer does not have yet; tells which keys those are.
pub(crate) fn fill_push(
    customer: &CustomerId,
    accept: &[AuthMode],
    push: &mut PushSecrets,
) -> Result<Vec<&'static str>, CliError> {
    let mut made = Vec::new();
    let pair = |user: String| Ok::<_, CliError>(Some(BasicPair { user: user.into(), password: random::secret()? }));
    for mode in accept {
        match mode {
            AuthMode::Basic if push.basic.is_none() => {
                push.basic = pair(format!("icims-{customer}"))?;
                made.push("secret.push.basic");
            }
            AuthMode::Hmac if push.hmac.is_none() => {
                push.hmac = pair(format!("icims-{customer}"))?;
                made.push("secret.push.hmac");
            }
            AuthMode::OAuth => {
                if push.oauth.is_none() {
                    push.oauth = pair(client_id(customer)?)?;
                    made.push("secret.push.oauth");
                }
                if push.token_key.is_none() {
                    push.token_key = Some(random::secret()?);
                    made.push("secret.push.token_key");
                }
            }
            AuthMode::PathSecret if push.path_secret.is_none() => {
                push.path_secret = Some(random::secret()?);
                made.push("secret.push.path_secret");
            }
            AuthMode::Basic | AuthMode::Hmac | AuthMode::PathSecret => {}
        }
    }
    Ok(made)
}

/// `<customer>.<random>`: by its beginning the token endpoint knows whose client it is.
pub(crate) fn client_id(customer: &CustomerId) -> Result<String, CliError> {
    let random = random::secret()?;
    // Known to iCIMS by name; the secret beside it is what proves.
    let part: String = random.expose_secret().chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    Ok(format!("{customer}.{part}"))
}

/// What is pasted into Crosschq's single field (docs/vendors/crosschq.md §2, §9.6).
pub(crate) fn callback_token(auth: CallbackAuth) -> Result<Option<SecretString>, CliError> {
    let random = random::secret()?;
    Ok(match auth {
        CallbackAuth::None => None,
        CallbackAuth::Token => Some(random),
        CallbackAuth::Basic => Some(format!("crosschq:{}", random.expose_secret()).into()),
        CallbackAuth::StandardWebhooks => {
            // Standard Webhooks has its key in the alphabet of plain base64.
            let bytes = BASE64_URL_SAFE_NO_PAD
                .decode(random.expose_secret())
                .map_err(|_| CliError::internal("random bytes do not read back"))?;
            Some(format!("whsec_{}", BASE64_STANDARD.encode(bytes)).into())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> CustomerId {
        "1234".parse().unwrap()
    }

    #[test]
    fn only_what_is_accepted_and_missing_is_made_up() {
        let mut push = PushSecrets {
            hmac: Some(BasicPair { user: "theirs".into(), password: "key".into() }),
            ..PushSecrets::default()
        };
        let made = fill_push(&id(), &[AuthMode::Hmac, AuthMode::OAuth], &mut push).unwrap();
        assert_eq!(made, ["secret.push.oauth", "secret.push.token_key"]);
        assert_eq!(push.hmac.unwrap().user.expose_secret(), "theirs");
        assert!(push.basic.is_none() && push.path_secret.is_none());
        let client = push.oauth.unwrap().user;
        assert!(client.expose_secret().starts_with("1234.") && client.expose_secret().len() == 17, "a client id");
    }

    #[test]
    fn a_callback_token_fits_how_it_is_proven() {
        let token = |auth| callback_token(auth).unwrap().map(|token| token.expose_secret().to_owned());
        assert_eq!(token(CallbackAuth::None), None);
        assert_eq!(token(CallbackAuth::Token).unwrap().len(), 43);
        assert!(token(CallbackAuth::Basic).unwrap().starts_with("crosschq:"));
        let key = token(CallbackAuth::StandardWebhooks).unwrap();
        assert_eq!(BASE64_STANDARD.decode(key.strip_prefix("whsec_").unwrap()).unwrap().len(), 32);
    }
}
