//! What the fake Crosschq remembers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::request_state::State;
use super::settings::{AutoConclude, OrgSettings};
use crate::state::{Tracked, TrackedMap, saved_by_field, saved_whole};

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Crosschq {
    pub(crate) orgs: TrackedMap<String, Org>,
    /// The key that signs links to reports.
    pub(crate) link_key: Tracked<String>,
}

saved_by_field!(Crosschq { orgs, link_key });
saved_whole!(Request, Replay, CallbackRecord, Message);

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Org {
    pub(crate) settings: Tracked<OrgSettings>,
    pub(crate) requests: TrackedMap<String, Request>,
    pub(crate) next_number: Tracked<u64>,
    pub(crate) callbacks: TrackedMap<u64, CallbackRecord>,
    pub(crate) messages: TrackedMap<u64, Message>,
    /// When the calls came that still count against the rate limit, in memory only.
    #[serde(skip)]
    pub(crate) recent_calls: Vec<i64>,
    /// First answers by idempotency key.
    pub(crate) replays: TrackedMap<String, Replay>,
}

saved_by_field!(Org { settings, requests, next_number, callbacks, messages, replays; in memory: recent_calls });

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Replay {
    pub(crate) body: Value,
    pub(crate) request: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Request {
    pub(crate) id: String,
    /// Counts the organization's requests.
    pub(crate) number: u64,
    /// The create call's body, without unknown keys where extensions are off.
    pub(crate) order: Map<String, Value>,
    pub(crate) jobrole: String,
    pub(crate) counts: BTreeMap<String, u32>,
    /// References wanted in all, those of any relationship included.
    pub(crate) wanted: u32,
    pub(crate) auto_conclude: Option<AutoConclude>,
    pub(crate) state: State,
    pub(crate) past_due: bool,
    /// A status word sent instead of the state's.
    pub(crate) raw_status: Option<String>,
    pub(crate) raw_progress: Option<Value>,
    pub(crate) opened: bool,
    pub(crate) self_survey_done: bool,
    pub(crate) references: Vec<Reference>,
    pub(crate) report_ready: bool,
    pub(crate) report_version: u32,
    pub(crate) cancel_reason: Option<String>,
    pub(crate) created_at_ms: i64,
    pub(crate) updated_at_ms: i64,
    pub(crate) status_updated_at_ms: i64,
    pub(crate) reminded_at_ms: i64,
}

impl Request {
    pub(crate) fn candidate(&self, key: &str) -> Option<&str> {
        self.order.get("candidate")?.get(key)?.as_str()
    }

    pub(crate) fn external_id(&self) -> Option<&str> {
        self.order.get("external_id")?.as_str()
    }

    pub(crate) fn completed_references(&self) -> u32 {
        u32::try_from(self.references.iter().filter(|r| r.status == ReferenceStatus::Completed).count())
            .unwrap_or(u32::MAX)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Reference {
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) mobile_phone: Option<String>,
    pub(crate) relationship: String,
    pub(crate) status: ReferenceStatus,
    pub(crate) requested_at_ms: i64,
}

/// Where one reference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReferenceStatus {
    /// No answer yet.
    Pending,
    /// No answer in time.
    PastDue,
    /// Answered.
    Completed,
    /// Refused.
    Declined,
    /// No longer needed.
    Cancelled,
    /// The e-mail came back.
    Bounced,
}

/// One callback and its outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallbackRecord {
    /// Counts the organization's callbacks from 1, in the order of the changes.
    pub number: u64,
    /// The request it is about.
    pub request_id: String,
    /// The status word in it.
    pub status: String,
    /// The body, as the state was when the change happened.
    pub body: Value,
    /// Sent as `webhook-id` where Standard Webhooks is on; the same for every attempt and duplicate.
    pub webhook_id: String,
    /// When the next attempt is due, in milliseconds since the epoch on the virtual clock.
    pub due_at_ms: i64,
    /// Held back until it is released.
    pub held: bool,
    /// Lost on purpose: it is never sent.
    pub dropped: bool,
    /// Delivered, dropped, or abandoned.
    pub done: bool,
    /// Every attempt so far.
    pub attempts: Vec<CallbackAttempt>,
}

/// One HTTP call of a callback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackAttempt {
    /// When, in milliseconds since the epoch on the virtual clock.
    pub at_ms: i64,
    /// The HTTP status of the response.
    pub status: Option<u16>,
    /// Why there was no response.
    pub failure: Option<String>,
}

/// An e-mail or text message that a real Crosschq would have sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Counts the organization's messages from 1.
    pub number: u64,
    /// When, in milliseconds since the epoch on the virtual clock.
    pub at_ms: i64,
    /// The request it is about.
    pub request_id: String,
    /// `email` or `sms`.
    pub channel: String,
    /// The address or number.
    pub to: String,
    /// Its purpose: `invitation`, `reminder`, `reference_request`, `past_due`, `completed`, `cancelled`.
    pub kind: String,
}

impl Org {
    pub(crate) fn send_message(&mut self, now_ms: i64, request: &str, channel: &str, to: &str, kind: &str) {
        self.messages.append(|number| Message {
            number,
            at_ms: now_ms,
            request_id: request.to_owned(),
            channel: channel.to_owned(),
            to: to.to_owned(),
            kind: kind.to_owned(),
        });
    }

    /// An e-mail to the candidate, and a text message where the order allows one.
    pub(crate) fn message_candidate(&mut self, now_ms: i64, request: &str, kind: &str) {
        let Some(found) = self.requests.get(request) else {
            return;
        };
        let email = found.candidate("email").map(str::to_owned);
        let sms = found.order.get("use_sms").and_then(Value::as_bool).unwrap_or(false);
        let phone = found.candidate("mobile_phone").filter(|_| sms).map(str::to_owned);
        for (channel, to) in [("email", email), ("sms", phone)] {
            if let Some(to) = to {
                self.send_message(now_ms, request, channel, &to, kind);
            }
        }
    }
}

impl Crosschq {
    /// Makes the key that signs links, once.
    pub(crate) fn ensure_link_key(&mut self) {
        if self.link_key.is_empty() {
            self.link_key = uuid::Uuid::new_v4().to_string().into();
        }
    }

    /// The organization that has this request.
    pub(crate) fn org_of(&self, request: &str) -> Option<&str> {
        self.orgs.iter().find(|(_, org)| org.requests.contains_key(request)).map(|(name, _)| name.as_str())
    }
}
