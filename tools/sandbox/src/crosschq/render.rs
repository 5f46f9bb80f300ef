//! The state of a request as JSON (docs/vendors/crosschq.md §9.3): the answer to a GET and the body of a callback.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::model::{Org, Request};
use super::request_state::State;
use crate::state::clock::{rfc3339, rfc3339_fractional};

/// What links in a state are made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Links<'a> {
    pub(crate) url: &'a str,
    pub(crate) key: &'a str,
    pub(crate) now_ms: i64,
}

impl Links<'_> {
    fn pdf(self, request: &Request, kind: &str, lifetime_s: i64) -> String {
        let expires = self.now_ms / 1000 + lifetime_s;
        let signature = signature(self.key, &request.id, kind, expires);
        format!("{}/files/{}/{kind}.pdf?expires={expires}&signature={signature}", self.url, request.id)
    }
}

pub(crate) fn signature(key: &str, request: &str, kind: &str, expires: i64) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{request}/{kind}/{expires}").as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// The word sent for a request's status.
pub(crate) fn status_word(org: &Org, request: &Request) -> String {
    if let Some(raw) = &request.raw_status {
        return raw.clone();
    }
    let state = if request.past_due && !request.state.is_terminal() { State::PastDue } else { request.state };
    org.settings.status_words.get(&state).cloned().unwrap_or_else(|| state.word().to_owned())
}

/// Completed over wanted in percent, 100 once completed.
fn progress(request: &Request) -> Value {
    if let Some(raw) = &request.raw_progress {
        return raw.clone();
    }
    if request.state == State::Completed {
        return json!(100);
    }
    let percent = request.completed_references() * 100 / request.wanted.max(1);
    json!(percent.min(100))
}

/// The whole state.
pub(crate) fn state(org: &Org, request: &Request, links: Links<'_>) -> Value {
    let report = request.state == State::Completed && request.report_ready;
    let lifetime = org.settings.report.link_lifetime_s;
    let pdf = |kind: &str| report.then(|| links.pdf(request, kind, lifetime));
    let at = if org.settings.fractional_seconds { rfc3339_fractional } else { rfc3339 };
    let references: Vec<Value> = request
        .references
        .iter()
        .map(|r| {
            json!({"first_name": r.first_name, "last_name": r.last_name, "email": r.email, "mobile_phone": r.mobile_phone,
                   "status": r.status, "relationship": r.relationship})
        })
        .collect();
    let mut state = json!({
        "id": request.id,
        "candidate": request.order.get("candidate"),
        "job_position": request.order.get("job_position"),
        "status": status_word(org, request),
        "status_updated_on": at(request.status_updated_at_ms),
        "progress": progress(request),
        "references": references,
        "report_url": report.then(|| format!("{}/reports/{}", links.url, request.id)),
        "report_summary_pdf": pdf("summary"),
        "report_full_pdf": pdf("full"),
        "fraud_risk": org.settings.report.fraud_risk.as_ref().filter(|_| report),
        "score": org.settings.report.score.filter(|_| report),
        "created_at": at(request.created_at_ms),
        "updated_on": at(request.updated_at_ms),
    });
    if let (Some(state), Some(external_id)) = (state.as_object_mut(), request.external_id()) {
        state.insert("external_id".to_owned(), json!(external_id));
    }
    state
}
