//! Everything about a customer's Crosschq.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::hosts::base_problem;
use super::problem::SettingsError;

/// Which of Crosschq's Partner APIs (docs/vendors/crosschq.md §9.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// `/api/v2/…`
    #[default]
    PartnerV2,
    /// `/partners/…`
    PartnerV1,
}

/// What the customer's Crosschq offers beyond create and read (docs/vendors/crosschq.md §9.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Capabilities {
    /// Look-up by external id or e-mail.
    pub search: bool,
    pub cancel: bool,
    pub remind: bool,
    /// Sending the invitation again.
    pub resend: bool,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self { search: false, cancel: true, remind: false, resend: false }
    }
}

/// How a callback proves itself, besides its secret path segment (docs/vendors/crosschq.md §9.6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackAuth {
    /// The path segment alone.
    None,
    /// `Authorization: Basic`, in both readings of Crosschq's single token field.
    Basic,
    /// The token, bare or after `Token` or `Bearer`.
    #[default]
    Token,
    /// Standard Webhooks signatures.
    StandardWebhooks,
}

/// Everything about the customer's Crosschq.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrosschqSettings {
    pub profile: Profile,
    /// Its host; the profile's published one when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The header that carries the token.
    pub auth_header: String,
    /// The word before the token: empty, `Token` or `Bearer`.
    pub auth_scheme: String,
    /// Longest wait for an answer, in milliseconds: [`Self::TIMEOUT_MIN_MS`] to [`Self::TIMEOUT_MAX_MS`].
    pub timeout_ms: u32,
    /// Whether to send the keys that are our own guess (docs/vendors/crosschq.md §9.2).
    pub extensions: bool,
    pub capabilities: Capabilities,
    /// How its callbacks prove themselves.
    pub callback_auth: CallbackAuth,
    /// The header of the callback's token.
    pub callback_header: String,
    /// Further status words: raw word, normalized as in docs/vendors/crosschq.md §9.5, to the canonical word.
    pub status_words: BTreeMap<String, String>,
    /// Hosts from which a report PDF may be fetched: suffixes on a label boundary.
    pub pdf_hosts: Vec<String>,
    /// Largest report PDF, in bytes.
    pub pdf_max_bytes: u64,
}

impl CrosschqSettings {
    /// The least [`Self::timeout_ms`]: below it an ordinary answer would count as lost.
    pub const TIMEOUT_MIN_MS: u32 = 1_000;
    /// The largest [`Self::timeout_ms`]. A create starts only if this much is left of its worker's 30 seconds, besides
    /// the time to read iCIMS before it and to record its outcome: a longer wait would keep every order from being sent.
    pub const TIMEOUT_MAX_MS: u32 = 15_000;

    pub(super) fn problems(&self) -> Vec<SettingsError> {
        let mut problems: Vec<SettingsError> =
            self.base_url.iter().filter_map(|base| base_problem("crosschq.base_url", base)).collect();
        if !(Self::TIMEOUT_MIN_MS..=Self::TIMEOUT_MAX_MS).contains(&self.timeout_ms) {
            let (min, max) = (Self::TIMEOUT_MIN_MS, Self::TIMEOUT_MAX_MS);
            problems.push(SettingsError::new("crosschq.timeout_ms", format!("{min} to {max} milliseconds")));
        }
        for (word, meaning) in &self.status_words {
            if !CANONICAL_WORDS.contains(&meaning.as_str()) {
                problems.push(SettingsError::new(
                    format!("crosschq.status_words.{word}"),
                    format!("map it to one of {}", CANONICAL_WORDS.join(", ")),
                ));
            }
        }
        problems
    }
}

/// What a raw status word may be mapped to (docs/vendors/crosschq.md §9.5).
const CANONICAL_WORDS: [&str; 10] = [
    "requested",
    "candidate_in_progress",
    "awaiting_references",
    "in_progress",
    "past_due",
    "completed",
    "cancelled",
    "declined",
    "expired",
    "failed",
];

impl Default for CrosschqSettings {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            base_url: None,
            auth_header: "Authorization".to_owned(),
            auth_scheme: String::new(),
            timeout_ms: 10_000,
            extensions: false,
            capabilities: Capabilities::default(),
            callback_auth: CallbackAuth::default(),
            callback_header: "Authorization".to_owned(),
            status_words: BTreeMap::new(),
            pdf_hosts: vec!["crosschq.com".to_owned(), "amazonaws.com".to_owned()],
            pdf_max_bytes: 26_214_400,
        }
    }
}
