//! What can be configured of an organization at the fake Crosschq. All of it is changed by a JSON merge patch on the
//! control plane.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::request_state::State;
use super::survey::{self, Survey};

/// One organization and how Crosschq behaves towards it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrgSettings {
    /// The API keys that are accepted; several while one is rotated.
    pub tokens: Vec<String>,
    /// The word that must stand before the key in `Authorization`.
    pub scheme: TokenScheme,
    /// Which endpoints exist; the others answer 404.
    pub capabilities: Capabilities,
    /// Whether the keys of a create call that are not known from real code (such as `external_id`) are kept and returned
    /// (docs/vendors/crosschq.md §9.2).
    pub extensions: bool,
    /// Whether `Idempotency-Key` replays the first answer.
    pub idempotency: bool,
    /// Whether a second open request for the same e-mail and survey is refused with 409.
    pub refuse_second_open: bool,
    /// Calls allowed in a span of time; more are answered 429 with `Retry-After`. No limit when absent.
    pub rate_limit: Option<RateLimit>,
    /// How a refusal of wrong input is written.
    pub error_style: ErrorStyle,
    /// Whether the candidate has to fill in a survey too before a request can be finished.
    pub self_survey: bool,
    /// The smallest number of references in an order.
    pub min_reference_count: u32,
    /// Hours between reminders.
    pub reminder_every_h: u32,
    /// Hours after which a request or a reference without an answer is past due.
    pub past_due_after_h: u32,
    /// Days after which an open request expires; never when absent.
    pub expire_after_days: Option<u32>,
    /// The organization's rule for concluding by itself.
    pub auto_conclude: Option<AutoConclude>,
    /// Status words instead of the usual ones, by state.
    pub status_words: BTreeMap<State, String>,
    /// Whether timestamps have fractions of a second.
    pub fractional_seconds: bool,
    /// How long after its creation a request is still unknown to a GET, in milliseconds of the virtual clock.
    pub read_lag_ms: i64,
    /// How long after its creation a request is still unknown to a search, in milliseconds of the virtual clock.
    pub search_lag_ms: i64,
    /// The reports.
    pub report: ReportSettings,
    /// Where changes are sent.
    pub callback: CallbackSettings,
    /// The surveys ("job roles").
    pub surveys: Vec<Survey>,
}

impl Default for OrgSettings {
    fn default() -> Self {
        Self {
            tokens: vec!["sandbox-crosschq-token".to_owned()],
            scheme: TokenScheme::Any,
            capabilities: Capabilities::default(),
            extensions: true,
            idempotency: true,
            refuse_second_open: true,
            rate_limit: None,
            error_style: ErrorStyle::Fields,
            self_survey: true,
            min_reference_count: 2,
            reminder_every_h: 24,
            past_due_after_h: 72,
            expire_after_days: None,
            auto_conclude: None,
            status_words: BTreeMap::new(),
            fractional_seconds: false,
            read_lag_ms: 0,
            search_lag_ms: 0,
            report: ReportSettings::default(),
            callback: CallbackSettings::default(),
            surveys: survey::delivered(),
        }
    }
}

/// The word before the key in `Authorization` (docs/vendors/crosschq.md §1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenScheme {
    /// Any of the three others.
    Any,
    /// The key alone.
    Bare,
    /// `Token <key>`.
    Token,
    /// `Bearer <key>`.
    Bearer,
}

/// A limit of calls over a sliding span of the virtual clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RateLimit {
    pub calls: usize,
    /// The span in milliseconds.
    pub per_ms: i64,
}

/// How errors of wrong input are written (docs/vendors/crosschq.md §9.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorStyle {
    /// `{"field":["message"]}`
    Fields,
    /// `{"errors":{"field":["message"]}}`
    Errors,
    /// `{"detail":"message"}`
    Detail,
}

/// The endpoints that are not documented (docs/vendors/crosschq.md §9.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Capabilities {
    /// `GET reference-request/?external_id=…`
    pub search: bool,
    /// `POST reference-request/{id}/cancel/`
    pub cancel: bool,
    /// `POST reference-request/{id}/remind/`
    pub remind: bool,
    /// `POST reference-request/{id}/resend/`
    pub resend: bool,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self { search: false, cancel: true, remind: false, resend: false }
    }
}

/// When a request concludes without anyone pressing a button (docs/vendors/crosschq.md §3.1 L8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AutoConclude {
    /// At least this many completed references.
    pub min_total: u32,
    /// At least this many of a relationship.
    pub by_relationship: BTreeMap<String, u32>,
    /// Not before this many days; 0: as soon as the numbers are reached.
    pub after_days: u32,
}

/// What a report is and how its files behave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportSettings {
    /// Whether a completed request stays without report links until the step `report_ready`.
    pub late: bool,
    /// How long a link to a PDF works, in seconds of the virtual clock.
    pub link_lifetime_s: i64,
    /// How long a download waits before its first byte, in milliseconds.
    pub slow_ms: u64,
    /// Bytes added to every PDF.
    pub pad_bytes: usize,
    /// Whether a login page in HTML comes instead of the PDF.
    pub html: bool,
    /// The `fraud_risk` of a completed request.
    pub fraud_risk: Option<String>,
    /// The `score` of a completed request.
    pub score: Option<f64>,
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self { late: false, link_lifetime_s: 900, slow_ms: 0, pad_bytes: 0, html: false, fraud_risk: None, score: None }
    }
}

/// The one callback address of an organization, and what can happen on the way to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallbackSettings {
    /// Where changes are sent; nothing is sent when absent.
    pub url: Option<String>,
    /// `POST` or `PUT`, for all calls.
    pub method: CallbackMethod,
    /// How a callback authenticates.
    pub auth: CallbackAuth,
    /// Waits before repeating a callback that got no 2xx, in milliseconds of the virtual clock.
    pub retry_ms: Vec<u64>,
    /// The time limit for a response, in milliseconds.
    pub timeout_ms: u64,
    /// Whether the creation itself is sent.
    pub on_create: bool,
    /// Whether the callback of a creation is delivered before the create call is answered.
    pub before_create_reply: bool,
    /// Keep callbacks back until they are released on the control plane, in any order.
    pub hold: bool,
    /// Send every callback this much later, in milliseconds of the virtual clock.
    pub delay_ms: i64,
    /// How many more times each callback is sent.
    pub duplicates: u32,
    /// Lose this many of the next callbacks for good; counts down.
    pub drop_next: u32,
    /// Collect this many callbacks and send them last one first; 0 and 1 do nothing.
    pub reorder: u32,
    /// Add unknown fields.
    pub unknown_fields: bool,
    /// Wrap the state in `{"data": …}`.
    pub wrap_data: bool,
}

impl Default for CallbackSettings {
    fn default() -> Self {
        Self {
            url: None,
            method: CallbackMethod::Post,
            auth: CallbackAuth::None,
            retry_ms: vec![1_000, 5_000, 30_000],
            timeout_ms: 10_000,
            on_create: true,
            before_create_reply: false,
            hold: false,
            delay_ms: 0,
            duplicates: 0,
            drop_next: 0,
            reorder: 0,
            unknown_fields: false,
            wrap_data: false,
        }
    }
}

/// The method of callbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum CallbackMethod {
    Post,
    Put,
}

/// The authentication of callbacks (docs/vendors/crosschq.md §2, §9.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub enum CallbackAuth {
    /// The default of the settings page.
    None,
    /// `Authorization: Basic …` from the settings page's one value.
    Basic {
        value: String,
        /// Whether the value is sent as it is (already base64) instead of being encoded.
        #[serde(default)]
        verbatim: bool,
    },
    /// The value in `Authorization`, behind a word or bare.
    Token {
        value: String,
        /// The word; bare when absent.
        #[serde(default)]
        word: Option<String>,
    },
    /// A Standard Webhooks signature.
    StandardWebhooks {
        /// `whsec_` and base64.
        secret: String,
    },
}
