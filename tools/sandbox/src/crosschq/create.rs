//! `POST reference-request/` (docs/vendors/crosschq.md §9.2).

use axum::Extension;
use axum::extract::State as AppState;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::answer::{detail, json_response};
use super::callbacks;
use super::change_org;
use super::extract::OrgName;
use super::model::{Org, Replay, Request};
use super::order;
use super::render::Links;
use crate::app::Shared;

/// The keys of the create call that real code sends (docs/vendors/crosschq.md §1.5); others are dropped where
/// extensions are off.
const KNOWN_KEYS: [&str; 11] = [
    "candidate",
    "jobrole",
    "job_position",
    "requestor",
    "hiring_manager",
    "config_params",
    "candidate_message",
    "use_sms",
    "send_past_due_notification",
    "send_completed_notification",
    "mobile_phone",
];

struct Created {
    response: Response,
    /// The callback to deliver before the answer, if the organization is set to that.
    deliver_first: Option<u64>,
}

pub(crate) async fn create(
    AppState(app): AppState<Shared>,
    Extension(OrgName(org)): Extension<OrgName>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let key = headers.get("idempotency-key").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let Ok(order) = serde_json::from_slice::<Map<String, Value>>(&body) else {
        return detail(StatusCode::BAD_REQUEST, "JSON parse error");
    };
    let created = app.write(|world| change_org(&app, world, &org, |org, links| place(org, links, key, order)));
    let Some(created) = created else {
        return super::answer::not_found();
    };
    if let Some(number) = created.deliver_first {
        let _ = app.store.flush();
        callbacks::deliver(&app, &org, number).await;
    }
    created.response
}

fn answer(response: Response) -> Created {
    Created { response, deliver_first: None }
}

fn place(org: &mut Org, links: Links<'_>, key: Option<String>, mut order: Map<String, Value>) -> Created {
    let key = key.filter(|_| org.settings.idempotency);
    if let Some(replay) = key.as_ref().and_then(|key| org.replays.get(key)) {
        if replay.body == Value::Object(order) {
            return answer(accepted(&replay.request));
        }
        return answer(detail(StatusCode::UNPROCESSABLE_ENTITY, "This Idempotency-Key was used with another body."));
    }
    let body = Value::Object(order.clone());
    if !org.settings.extensions {
        order.retain(|key, _| KNOWN_KEYS.contains(&key.as_str()));
    }
    let request = match order::parse(org, order) {
        Ok(request) => request,
        Err(errors) => return answer(errors.response(org.settings.error_style)),
    };
    if org.settings.refuse_second_open && has_open_twin(org, &request) {
        return answer(json_response(
            StatusCode::CONFLICT,
            &json!({"errors": "A reference request for this candidate and job role already exists."}),
        ));
    }
    let id = uuid::Uuid::new_v4().to_string();
    if let Some(key) = key {
        org.replays.insert(key, Replay { body, request: id.clone() });
    }
    let deliver_first = store(org, links, id.clone(), request);
    Created { response: accepted(&id), deliver_first }
}

fn accepted(id: &str) -> Response {
    json_response(StatusCode::CREATED, &json!({"request_id": id}))
}

fn has_open_twin(org: &Org, new: &Request) -> bool {
    let email = |r: &Request| r.candidate("email").unwrap_or_default().to_lowercase();
    org.requests.values().any(|r| !r.state.is_terminal() && r.jobrole == new.jobrole && email(r) == email(new))
}

fn store(org: &mut Org, links: Links<'_>, id: String, mut request: Request) -> Option<u64> {
    let now = links.now_ms;
    *org.next_number += 1;
    request.id.clone_from(&id);
    request.number = *org.next_number;
    request.created_at_ms = now;
    request.updated_at_ms = now;
    request.status_updated_at_ms = now;
    request.reminded_at_ms = now;
    org.requests.insert(id.clone(), request);
    org.message_candidate(now, &id, "invitation");
    if !org.settings.callback.on_create {
        return None;
    }
    let first = callbacks::changed(org, links, &id)?;
    if !org.settings.callback.before_create_reply {
        return None;
    }
    callbacks::hold_back(org, first);
    Some(first)
}
