//! How a customer's events reach the vendor: what the platform's Event Notifications page would hold, and switches
//! for everything that is not known about it.

use serde::{Deserialize, Serialize};

/// The subscription of one customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PushSettings {
    /// Where events are posted; nothing is pushed when absent.
    pub url: Option<String>,
    /// The ids of the statuses that push an event when a workflow enters them; every status when absent.
    pub statuses: Option<Vec<String>>,
    /// How a push authenticates.
    pub auth: PushAuth,
    /// Whether bodies are compressed, with `Content-Encoding`.
    pub gzip: bool,
    /// Whether status ids have their prefix (`C38356`) or are bare as in the recorded event (`38356`;
    /// docs/vendors/icims.md §2.3).
    pub status_prefix: bool,
    /// Whether ids are JSON numbers instead of strings.
    pub ids_as_numbers: bool,
    /// How many more times each event is sent, in a row.
    pub duplicates: u32,
    /// Whether the duplicates are sent at the same moment instead of in a row.
    pub duplicates_at_once: bool,
    /// Lose this many of the next events for good: they are never sent; counts down.
    pub drop_next: u32,
    /// Waits before repeating a push that met no answer or a 5xx, in milliseconds; empty for no retry, the assumed behavior.
    pub retry_ms: Vec<u64>,
    /// The time limit for a response, in milliseconds.
    pub timeout_ms: u64,
}

impl Default for PushSettings {
    fn default() -> Self {
        Self {
            url: None,
            statuses: None,
            auth: PushAuth::None,
            gzip: true,
            status_prefix: false,
            ids_as_numbers: false,
            duplicates: 0,
            duplicates_at_once: false,
            drop_next: 0,
            retry_ms: Vec::new(),
            timeout_ms: 10_000,
        }
    }
}

/// The authentication of a push (docs/vendors/icims.md §1.4, §2.1, §2.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub enum PushAuth {
    /// Nothing at all.
    None,
    /// A secret as the last segment of the path.
    PathSecret { secret: String },
    /// HTTP Basic.
    Basic { user: String, password: String },
    /// `x-icims-v1-hmac-sha256`.
    Hmac {
        user: String,
        /// The key, used as bytes.
        key: String,
        /// Whether a space follows each comma of the header.
        #[serde(default)]
        spaces: bool,
        /// Whether the body hash of a compressed push covers the compressed bytes, instead of the plain ones.
        #[serde(default)]
        hash_compressed: bool,
        /// Sign as if it were this host, for a receiver behind another name.
        #[serde(default)]
        host: Option<String>,
    },
    /// A bearer token from the receiver's own token endpoint.
    Oauth {
        token_url: String,
        client_id: String,
        client_secret: String,
        /// Where the credentials go.
        #[serde(default)]
        credentials: OauthCredentials,
    },
}

/// How the client credentials are presented at a token endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OauthCredentials {
    /// `client_id` and `client_secret` in the form body.
    #[default]
    Form,
    /// An `Authorization: Basic` header.
    BasicHeader,
}
