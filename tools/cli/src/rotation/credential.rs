//! The parts of a customer's secret that rotate on their own.

use clap::ValueEnum;
use connector_core::ports::{BasicPair, IcimsCredential, SecretSet};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

/// A part of a customer's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Credential {
    /// Towards iCIMS: client id and secret, or a Basic login. Comes from iCIMS.
    Icims,
    /// Towards Crosschq: the API token. Comes from Crosschq.
    Crosschq,
    /// From iCIMS: user and password for Basic.
    PushBasic,
    /// From iCIMS: user and key for signatures.
    PushHmac,
    /// From iCIMS: client id and secret for our token endpoint.
    PushOauth,
    /// From iCIMS: the last segment of the URL.
    PushPathSecret,
    /// Signs the tokens of our token endpoint; nobody else knows it.
    TokenKey,
    /// From Crosschq: the last segment of the callback URL.
    CallbackPath,
    /// From Crosschq: the callback's token.
    CallbackToken,
}

impl Credential {
    /// All of them.
    pub(crate) const ALL: [Self; 9] = [
        Self::Icims,
        Self::Crosschq,
        Self::PushBasic,
        Self::PushHmac,
        Self::PushOauth,
        Self::PushPathSecret,
        Self::TokenKey,
        Self::CallbackPath,
        Self::CallbackToken,
    ];

    /// Its name on the command line.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Icims => "icims",
            Self::Crosschq => "crosschq",
            Self::PushBasic => "push-basic",
            Self::PushHmac => "push-hmac",
            Self::PushOauth => "push-oauth",
            Self::PushPathSecret => "push-path-secret",
            Self::TokenKey => "token-key",
            Self::CallbackPath => "callback-path",
            Self::CallbackToken => "callback-token",
        }
    }

    /// Its place in the secret's document.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Icims => "icims",
            Self::Crosschq => "crosschq.token",
            Self::PushBasic => "push.basic",
            Self::PushHmac => "push.hmac",
            Self::PushOauth => "push.oauth",
            Self::PushPathSecret => "push.path_secret",
            Self::TokenKey => "push.token_key",
            Self::CallbackPath => "callback.path_secret",
            Self::CallbackToken => "callback.token",
        }
    }

    /// Whether a vendor makes it, so that it can only be brought, and tried before it is used.
    pub(crate) const fn is_theirs(self) -> bool {
        matches!(self, Self::Icims | Self::Crosschq)
    }

    /// Who has to be told a new value of ours; nobody for what never leaves us.
    pub(crate) const fn told_to(self) -> Option<&'static str> {
        match self {
            Self::PushBasic | Self::PushHmac | Self::PushOauth | Self::PushPathSecret => Some("iCIMS"),
            Self::CallbackPath | Self::CallbackToken => Some("Crosschq"),
            Self::TokenKey | Self::Icims | Self::Crosschq => None,
        }
    }

    /// Whether tokens that we issued die with it: iCIMS keeps one for a day (docs/vendors/icims.md §2.1).
    pub(crate) const fn ends_tokens(self) -> bool {
        matches!(self, Self::PushOauth | Self::TokenKey)
    }

    /// Whether the secret holds it.
    pub(crate) fn is_set(self, set: &SecretSet) -> bool {
        !self.texts(set).is_empty()
    }

    /// Whether two versions hold different values.
    pub(crate) fn differs(self, one: &SecretSet, other: &SecretSet) -> bool {
        self.texts(one) != self.texts(other)
    }

    fn texts(self, set: &SecretSet) -> Vec<&str> {
        fn pair(pair: &BasicPair) -> Vec<&str> {
            vec![pair.user.expose_secret(), pair.password.expose_secret()]
        }
        fn text(secret: &SecretString) -> Vec<&str> {
            vec![secret.expose_secret()]
        }
        match self {
            Self::Icims => match &set.icims {
                IcimsCredential::OAuth { client_id, client_secret } => {
                    vec!["oauth", client_id, client_secret.expose_secret()]
                }
                IcimsCredential::Basic(login) => {
                    vec!["basic", login.user.expose_secret(), login.password.expose_secret()]
                }
            },
            Self::Crosschq => text(&set.crosschq_token),
            Self::PushBasic => set.push.basic.as_ref().map(pair).unwrap_or_default(),
            Self::PushHmac => set.push.hmac.as_ref().map(pair).unwrap_or_default(),
            Self::PushOauth => set.push.oauth.as_ref().map(pair).unwrap_or_default(),
            Self::PushPathSecret => set.push.path_secret.as_ref().map(text).unwrap_or_default(),
            Self::TokenKey => set.push.token_key.as_ref().map(text).unwrap_or_default(),
            Self::CallbackPath => text(&set.callback.path_secret),
            Self::CallbackToken => set.callback.token.as_ref().map(text).unwrap_or_default(),
        }
    }
}

/// Their names, for a sentence.
pub(crate) fn words(credentials: &[Credential]) -> String {
    credentials.iter().map(|credential| credential.word()).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use connector_core::aws::secret_set;
    use serde_json::{Value, json};

    use super::*;

    fn whole() -> Value {
        json!({
            "icims": {"oauth": {"client_id": "id", "client_secret": "1"}},
            "push": {"basic": {"user": "u", "password": "2"}, "hmac": {"user": "h", "key": "3"},
                     "oauth": {"client_id": "1234.x", "client_secret": "4"}, "token_key": "5", "path_secret": "6"},
            "crosschq": {"token": "7"},
            "callback": {"path_secret": "8", "token": "9"}
        })
    }

    fn set(json: &Value) -> SecretSet {
        secret_set("v", json.to_string().into()).unwrap()
    }

    #[test]
    fn each_part_differs_only_where_it_changed() {
        for (place, changed) in [
            ("/icims/oauth/client_secret", Credential::Icims),
            ("/crosschq/token", Credential::Crosschq),
            ("/push/basic/password", Credential::PushBasic),
            ("/push/hmac/key", Credential::PushHmac),
            ("/push/oauth/client_secret", Credential::PushOauth),
            ("/push/path_secret", Credential::PushPathSecret),
            ("/push/token_key", Credential::TokenKey),
            ("/callback/path_secret", Credential::CallbackPath),
            ("/callback/token", Credential::CallbackToken),
        ] {
            let mut other = whole();
            *other.pointer_mut(place).unwrap() = "new".into();
            let (one, other) = (set(&whole()), set(&other));
            let differing: Vec<_> = Credential::ALL.into_iter().filter(|part| part.differs(&one, &other)).collect();
            assert_eq!(differing, [changed], "{place}");
        }
    }

    #[test]
    fn a_name_on_the_command_line_is_the_name_in_reports() {
        for part in Credential::ALL {
            assert_eq!(part.to_possible_value().unwrap().get_name(), part.word());
            assert_eq!(serde_json::to_value(part).unwrap(), part.word());
        }
    }
}
