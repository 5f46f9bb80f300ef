//! Our token endpoint: client credentials from a form, a JSON body or a Basic header, since how iCIMS sends them is not
//! known (docs/vendors/icims.md §2.1). Three steps, so that the caller does the look-up of secrets between the first
//! and the last: [`client_of`], [`ClientCredentials::customer`], [`grant`].

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};

use super::basic::{Login, is_pair};
use super::{Body, Push, bearer};
use crate::domain::{CustomerId, Timestamp};
use crate::failure::Failure;
use crate::icims::lenient::Lenient;
use crate::ports::CustomerSecrets;

/// How long an issued token lasts, in seconds: the day that iCIMS' own sample shows.
pub const TOKEN_LIFETIME_S: u32 = 86_400;

const GRANT: &str = "client_credentials";

/// A client that asks for a token, with the customer that its id names; nothing is proven yet.
pub struct ClientCredentials {
    customer: CustomerId,
    client_id: SecretSlice<u8>,
    client_secret: SecretSlice<u8>,
}

impl ClientCredentials {
    /// The customer whose secrets must prove it.
    pub fn customer(&self) -> &CustomerId {
        &self.customer
    }

    fn new(client_id: &[u8], client_secret: &[u8]) -> Result<Self, TokenRefusal> {
        // The id is `<customer>.<random>`; the random part has no dot, a customer id might.
        let text = std::str::from_utf8(client_id).map_err(|_| TokenRefusal::InvalidClient)?;
        let (customer, _) = text.rsplit_once('.').ok_or(TokenRefusal::InvalidClient)?;
        let customer = CustomerId::parse(customer).map_err(|_| TokenRefusal::InvalidClient)?;
        Ok(Self { customer, client_id: client_id.to_vec().into(), client_secret: client_secret.to_vec().into() })
    }
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials").field("customer", &self.customer).finish_non_exhaustive()
    }
}

/// Why no token is issued, in OAuth's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// The body cannot be read or names no grant type.
    #[error("invalid_request")]
    InvalidRequest,
    /// Unknown client or wrong secret; also the answer for a customer that we do not know.
    #[error("invalid_client")]
    InvalidClient,
    /// Anything but client credentials.
    #[error("unsupported_grant_type")]
    UnsupportedGrantType,
}

impl From<TokenRefusal> for Failure {
    fn from(refusal: TokenRefusal) -> Self {
        match refusal {
            TokenRefusal::InvalidClient => Self::Unauthenticated { why: "invalid_client" },
            TokenRefusal::InvalidRequest | TokenRefusal::UnsupportedGrantType => Self::poison(refusal.to_string()),
        }
    }
}

impl TokenRefusal {
    /// The body, as JSON.
    pub fn body(self) -> String {
        format!(r#"{{"error":"{self}"}}"#)
    }
}

/// An issued token.
#[derive(Debug, Clone)]
pub struct TokenAnswer {
    access_token: SecretString,
}

impl TokenAnswer {
    /// The body of the 200 answer, as JSON. Secret: to be sent, never logged.
    pub fn body(&self) -> String {
        #[derive(Serialize)]
        struct Wire<'a> {
            access_token: &'a str,
            token_type: &'static str,
            expires_in: u32,
        }
        let wire = Wire {
            access_token: self.access_token.expose_secret(),
            token_type: "Bearer",
            expires_in: TOKEN_LIFETIME_S,
        };
        serde_json::to_string(&wire).unwrap_or_default()
    }
}

#[derive(Default, Deserialize)]
struct Fields {
    #[serde(default)]
    grant_type: Lenient<String>,
    #[serde(default)]
    client_id: Lenient<String>,
    #[serde(default)]
    client_secret: Lenient<String>,
}

/// Reads who asks. A Basic header wins over the body's fields; its two parts are taken as they are, for the
/// credentials we hand out need no escaping.
///
/// # Errors
/// [`TokenRefusal`] as OAuth names it.
pub fn client_of(push: &Push) -> Result<ClientCredentials, TokenRefusal> {
    let body = Body::decode(push.body.clone()).map_err(|_| TokenRefusal::InvalidRequest)?;
    let fields = fields_of(body.plain()).ok_or(TokenRefusal::InvalidRequest)?;
    match fields.grant_type.as_ref() {
        None => return Err(TokenRefusal::InvalidRequest),
        Some(grant) if grant != GRANT => return Err(TokenRefusal::UnsupportedGrantType),
        Some(_) => {}
    }
    if push.headers.contains_key("authorization") {
        let login = Login::of(push).ok_or(TokenRefusal::InvalidClient)?;
        return ClientCredentials::new(login.user(), login.password());
    }
    let (Some(id), Some(secret)) = (fields.client_id.get(), fields.client_secret.get()) else {
        return Err(TokenRefusal::InvalidClient);
    };
    ClientCredentials::new(id.as_bytes(), secret.as_bytes())
}

fn fields_of(plain: &[u8]) -> Option<Fields> {
    if plain.trim_ascii_start().starts_with(b"{") {
        return serde_json::from_slice(plain).ok();
    }
    let mut fields = Fields::default();
    for (name, value) in url::form_urlencoded::parse(plain) {
        let field = match &*name {
            "grant_type" => &mut fields.grant_type,
            "client_id" => &mut fields.client_id,
            "client_secret" => &mut fields.client_secret,
            _ => continue,
        };
        *field = Lenient::from(value.into_owned());
    }
    Some(fields)
}

/// Issues a token if the client's secret is one of its customer's live ones. `secrets` must be those of
/// [`ClientCredentials::customer`].
///
/// # Errors
/// [`TokenRefusal::InvalidClient`] if it is not, or if that version has no token key.
pub fn grant(
    client: &ClientCredentials,
    secrets: &CustomerSecrets,
    now: Timestamp,
) -> Result<TokenAnswer, TokenRefusal> {
    let (id, secret) = (client.client_id.expose_secret(), client.client_secret.expose_secret());
    let mut proven = None;
    // No early end: a wrong secret takes as long as a right one.
    for set in secrets.live() {
        if let Some(pair) = &set.push.oauth
            && bool::from(is_pair(id, secret, pair))
        {
            proven = proven.or(Some(set));
        }
    }
    let expires_at = now.after(Duration::from_secs(u64::from(TOKEN_LIFETIME_S)));
    proven
        .and_then(|set| bearer::issue(&client.customer, set, expires_at))
        .map(|access_token| TokenAnswer { access_token })
        .ok_or(TokenRefusal::InvalidClient)
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine as _};

    use super::super::testing::{RECORDED, body, customer, push, secrets};
    use super::*;
    use crate::domain::AuthMode;
    use crate::icims::inbound::authenticate;

    const NOW: Timestamp = Timestamp::from_s(1_700_000_000);
    const FORM: &str =
        "grant_type=client_credentials&client_id=2187.v2random&client_secret=client-secret-2187-v2&audience=x&scope=";

    fn ask(push: &Push) -> Result<TokenAnswer, TokenRefusal> {
        let client = client_of(push)?;
        grant(&client, &secrets(client.customer().as_str()), NOW)
    }

    fn status(refusal: TokenRefusal) -> u16 {
        crate::http::status(&refusal.into()).as_u16()
    }

    fn token(answer: &TokenAnswer) -> String {
        let body: serde_json::Value = serde_json::from_str(&answer.body()).unwrap();
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], 86_400);
        body["access_token"].as_str().unwrap().to_owned()
    }

    #[test]
    fn form_json_and_basic_clients_get_a_token_that_opens_the_door() {
        let json = br#"{"grant_type":"client_credentials","client_id":"2187.v1random","client_secret":"client-secret-2187-v1"}"#;
        let basic = format!("Basic {}", BASE64_STANDARD.encode("2187.v2random:client-secret-2187-v2"));
        for push_for_token in [
            push(&[], FORM.as_bytes()),
            push(&[], BASE64_STANDARD.encode(FORM).as_bytes()),
            push(&[], json),
            push(&[("authorization", &basic)], b"grant_type=client_credentials"),
        ] {
            let bearer = format!("Bearer {}", token(&ask(&push_for_token).unwrap()));
            let event = push(&[("authorization", &bearer)], RECORDED.as_bytes());
            let opened = authenticate(
                &customer("2187", &[AuthMode::OAuth]),
                &secrets("2187"),
                &event,
                &body(RECORDED.as_bytes()),
                NOW,
            );
            assert_eq!(opened, Ok(AuthMode::OAuth));
        }
    }

    #[test]
    fn who_is_not_believed_hears_invalid_client_and_401() {
        for form in [
            FORM.replace("secret-2187-v2", "secret-2187-v3"),
            FORM.replace("2187.v2random", "2187.v1random"),
            FORM.replace("2187.v2random", "6268.v2random"),
            FORM.replace("2187.v2random", "nodot"),
            "grant_type=client_credentials".to_owned(),
        ] {
            let refusal = ask(&push(&[], form.as_bytes())).unwrap_err();
            assert_eq!(refusal, TokenRefusal::InvalidClient, "{form}");
        }
        assert_eq!(status(TokenRefusal::InvalidClient), 401);
        assert_eq!(TokenRefusal::InvalidClient.body(), r#"{"error":"invalid_client"}"#);
    }

    #[test]
    fn another_grant_and_an_unreadable_request_are_400() {
        let refusal = ask(&push(&[], FORM.replace("client_credentials", "password").as_bytes())).unwrap_err();
        assert_eq!((refusal, status(refusal)), (TokenRefusal::UnsupportedGrantType, 400));
        for unreadable in [&b""[..], b"{", b"client_id=2187.x"] {
            assert_eq!(ask(&push(&[], unreadable)).unwrap_err(), TokenRefusal::InvalidRequest);
        }
    }

    #[test]
    fn neither_client_nor_answer_prints_its_secret() {
        let client = client_of(&push(&[], FORM.as_bytes())).unwrap();
        let answer = grant(&client, &secrets("2187"), NOW).unwrap();
        let printed = format!("{client:?} {answer:?}");
        assert!(!printed.contains("client-secret") && !printed.contains(&token(&answer)), "{printed}");
    }
}
