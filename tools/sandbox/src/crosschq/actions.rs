//! What a caller can do to a request: cancel it, and have the people it waits for written to again.

use axum::Extension;
use axum::extract::{Path, State as AppState};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Value, json};

use super::answer::{FieldErrors, json_response, not_found};
use super::extract::OrgName;
use super::model::Org;
use super::render::{self, Links};
use super::request_state::State;
use super::settings::Capabilities;
use super::steps::Step;
use super::{change_org, lifecycle, timers};
use crate::app::Shared;

const CANCEL_REASONS: [&str; 4] = ["candidate_rejected", "candidate_withdrawn", "requested_by_user", "job_closed"];

/// Runs an action on a request of the caller's organization and answers with the state that it leads to. 404 for an
/// unknown request and where the organization lacks the capability.
fn on_request(
    app: &Shared,
    org: &str,
    id: &str,
    enabled: fn(&Capabilities) -> bool,
    act: impl FnOnce(&mut Org, Links<'_>) -> Result<(), Box<Response>>,
) -> Response {
    let response = app.write(|world| {
        change_org(app, world, org, |org, links| {
            if !org.requests.contains_key(id) || !enabled(&org.settings.capabilities) {
                return None;
            }
            if let Err(refusal) = act(org, links) {
                return Some(*refusal);
            }
            Some(json_response(StatusCode::OK, &render::state(org, org.requests.get(id)?, links)))
        })
    });
    response.flatten().unwrap_or_else(not_found)
}

fn conflict(detail: &str, code: &str) -> Box<Response> {
    Box::new(json_response(StatusCode::CONFLICT, &json!({"detail": detail, "code": code})))
}

pub(crate) async fn cancel(
    AppState(app): AppState<Shared>,
    Extension(OrgName(org)): Extension<OrgName>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let reason = body.get("reason").and_then(Value::as_str).map(str::to_owned);
    let cancel = |org: &mut Org, links: Links<'_>| {
        if let Some(reason) = reason.as_deref().filter(|reason| !CANCEL_REASONS.contains(reason)) {
            let mut errors = FieldErrors::default();
            errors.add("reason", format!("\"{reason}\" is not a valid choice."));
            return Err(Box::new(errors.response(org.settings.error_style)));
        }
        match org.requests.get(&id).map(|request| request.state) {
            // Cancelling twice is as good as once.
            Some(State::Cancelled) => return Ok(()),
            Some(State::Completed) => {
                return Err(conflict("This request is already completed.", "already_completed"));
            }
            Some(other) if other.is_terminal() => {
                return Err(conflict("This request is already closed.", "already_closed"));
            }
            _ => {}
        }
        if let Some(request) = org.requests.get_mut(&id) {
            request.cancel_reason = reason;
        }
        lifecycle::take(org, links, &id, Step::Cancel).map_err(|why| conflict(&why, "not_possible"))
    };
    on_request(&app, &org, &id, |capabilities| capabilities.cancel, cancel)
}

/// Writes to people again, unless the request is closed.
fn write_again(
    app: &Shared,
    org: &str,
    id: &str,
    enabled: fn(&Capabilities) -> bool,
    write: fn(&mut Org, i64, &str),
) -> Response {
    on_request(app, org, id, enabled, |org, links| {
        if org.requests.get(id).is_none_or(|request| request.state.is_terminal()) {
            return Err(conflict("This request is closed.", "already_closed"));
        }
        write(org, links.now_ms, id);
        Ok(())
    })
}

pub(crate) async fn remind(
    AppState(app): AppState<Shared>,
    Extension(OrgName(org)): Extension<OrgName>,
    Path(id): Path<String>,
) -> Response {
    write_again(&app, &org, &id, |capabilities| capabilities.remind, timers::send_reminders)
}

pub(crate) async fn resend(
    AppState(app): AppState<Shared>,
    Extension(OrgName(org)): Extension<OrgName>,
    Path(id): Path<String>,
) -> Response {
    let invite = |org: &mut Org, now_ms: i64, id: &str| org.message_candidate(now_ms, id, "invitation");
    write_again(&app, &org, &id, |capabilities| capabilities.resend, invite)
}
