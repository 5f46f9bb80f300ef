//! What a caller can do to a request: cancel, conclude, remind, resend, tell the hiring outcome.

use axum::Extension;
use axum::extract::{Path, State as Shares};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Value, json};

use super::answer::{FieldErrors, detail, json_response, not_found};
use super::life;
use super::model::{Org, State};
use super::passing;
use super::router::OrgName;
use super::steps::Step;
use super::tell::{self, Links};
use super::with_org;
use crate::app::App;
use crate::server::Shared;

/// Runs an action on an existing request of the caller's organisation; unknown ones are 404.
fn on_request(app: &App, org: &str, id: &str, act: impl FnOnce(&mut Org, Links<'_>) -> Response) -> Response {
    let answered = app
        .write(|world| with_org(app, world, org, |org, links| org.requests.contains_key(id).then(|| act(org, links))));
    answered.flatten().unwrap_or_else(not_found)
}

fn present(org: &Org, links: Links<'_>, id: &str) -> Response {
    match org.requests.get(id) {
        Some(request) => json_response(StatusCode::OK, &tell::state(org, request, links)),
        None => not_found(),
    }
}

fn step(org: &mut Org, links: Links<'_>, id: &str, step: Step) -> Response {
    match life::take(org, links, id, step) {
        Ok(()) => present(org, links, id),
        Err(why) => json_response(StatusCode::CONFLICT, &json!({"detail": why, "code": "not_possible"})),
    }
}

pub(crate) async fn cancel(
    Shares(app): Shares<Shared>,
    Extension(OrgName(org)): Extension<OrgName>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    on_request(&app, &org, &id, |org, links| {
        if !org.settings.capabilities.cancel {
            return not_found();
        }
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let reason = body.get("reason").and_then(Value::as_str).map(str::to_owned);
        if let Some(reason) = &reason
            && !["candidate_rejected", "candidate_withdrawn", "requested_by_user", "job_closed"]
                .contains(&reason.as_str())
        {
            let mut errors = FieldErrors::default();
            errors.add("reason", format!("\"{reason}\" is not a valid choice."));
            return errors.response(org.settings.error_style);
        }
        match org.requests.get(&id).map(|r| r.state) {
            // Cancelling twice is as good as once.
            Some(State::Cancelled) => present(org, links, &id),
            Some(State::Completed) => json_response(
                StatusCode::CONFLICT,
                &json!({"detail": "This request is already completed.", "code": "already_completed"}),
            ),
            Some(other) if other.is_terminal() => json_response(
                StatusCode::CONFLICT,
                &json!({"detail": "This request is already closed.", "code": "already_closed"}),
            ),
            _ => {
                if let Some(request) = org.requests.get_mut(&id) {
                    request.cancel_reason = reason;
                }
                step(org, links, &id, Step::Cancel)
            }
        }
    })
}

pub(crate) async fn conclude(
    Shares(app): Shares<Shared>,
    Extension(OrgName(org)): Extension<OrgName>,
    Path(id): Path<String>,
) -> Response {
    on_request(&app, &org, &id, |org, links| {
        if !org.settings.capabilities.conclude { not_found() } else { step(org, links, &id, Step::Conclude) }
    })
}

fn message_again(org: &mut Org, links: Links<'_>, id: &str, send: impl FnOnce(&mut Org)) -> Response {
    if org.requests.get(id).is_none_or(|r| r.state.is_terminal()) {
        return json_response(
            StatusCode::CONFLICT,
            &json!({"detail": "This request is closed.", "code": "already_closed"}),
        );
    }
    send(org);
    present(org, links, id)
}

pub(crate) async fn remind(
    Shares(app): Shares<Shared>,
    Extension(OrgName(org)): Extension<OrgName>,
    Path(id): Path<String>,
) -> Response {
    on_request(&app, &org, &id, |org, links| {
        if !org.settings.capabilities.remind {
            return not_found();
        }
        message_again(org, links, &id, |org| passing::send_reminders(org, links.now_ms, &id))
    })
}

pub(crate) async fn resend(
    Shares(app): Shares<Shared>,
    Extension(OrgName(org)): Extension<OrgName>,
    Path(id): Path<String>,
) -> Response {
    on_request(&app, &org, &id, |org, links| {
        if !org.settings.capabilities.resend {
            return not_found();
        }
        message_again(org, links, &id, |org| org.tell_candidate(links.now_ms, &id, "invitation"))
    })
}

/// `PATCH {"hiring_status": "hired"|"not_hired"}`.
pub(crate) async fn hire(
    Shares(app): Shares<Shared>,
    Extension(OrgName(org)): Extension<OrgName>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    on_request(&app, &org, &id, |org, links| {
        if !org.settings.capabilities.hire {
            return detail(StatusCode::METHOD_NOT_ALLOWED, "Method \"PATCH\" not allowed.");
        }
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let outcome = body.get("hiring_status").and_then(Value::as_str).filter(|s| ["hired", "not_hired"].contains(s));
        let Some(outcome) = outcome else {
            let mut errors = FieldErrors::default();
            errors.add("hiring_status", "Must be hired or not_hired.");
            return errors.response(org.settings.error_style);
        };
        if let Some(request) = org.requests.get_mut(&id) {
            request.hiring_status = Some(outcome.to_owned());
        }
        present(org, links, &id)
    })
}
