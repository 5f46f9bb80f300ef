//! `POST reference-request/` (facts crosschq §9.2).

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::State as Shares;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::answer::{FieldErrors, detail, json_response};
use super::callbacks;
use super::model::{Org, Replay, Request};
use super::router::OrgName;
use super::settings::Survey;
use super::tell::Links;
use super::with_org;
use crate::server::Shared;

/// The keys of the create call that real code sends (facts crosschq §1.5); others are dropped where extensions are off.
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
    /// The callback to deliver before the answer, if the organisation is set to that.
    tell_first: Option<u64>,
}

pub(crate) async fn create(
    Shares(app): Shares<Shared>,
    Extension(OrgName(org)): Extension<OrgName>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let key = headers
        .get("idempotency-key")
        .and_then(|v| v.to_str().ok())
        .map(str::to_owned);
    let Ok(order) = serde_json::from_slice::<Map<String, Value>>(&body) else {
        return detail(StatusCode::BAD_REQUEST, "JSON parse error");
    };
    let created = app.write(|world| {
        with_org(&app, world, &org, |org, links| {
            place(org, links, key, order)
        })
    });
    let Some(created) = created else {
        return super::answer::not_found();
    };
    if let Some(number) = created.tell_first {
        let _ = app.store.flush();
        callbacks::deliver(&app, &org, number).await;
    }
    created.response
}

fn answer(response: Response) -> Created {
    Created {
        response,
        tell_first: None,
    }
}

fn place(
    org: &mut Org,
    links: Links<'_>,
    key: Option<String>,
    mut order: Map<String, Value>,
) -> Created {
    let key = key.filter(|_| org.settings.idempotency);
    if let Some(replay) = key.as_ref().and_then(|key| org.replays.get(key)) {
        if replay.body == Value::Object(order) {
            return answer(accepted(&replay.request));
        }
        return answer(detail(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This Idempotency-Key was used with another body.",
        ));
    }
    let body = Value::Object(order.clone());
    if !org.settings.extensions {
        order.retain(|key, _| KNOWN_KEYS.contains(&key.as_str()));
    }
    let request = match parse(org, order) {
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
        org.replays.insert(
            key,
            Replay {
                body,
                request: id.clone(),
            },
        );
    }
    let tell_first = store(org, links, id.clone(), request);
    Created {
        response: accepted(&id),
        tell_first,
    }
}

fn accepted(id: &str) -> Response {
    json_response(StatusCode::CREATED, &json!({"request_id": id}))
}

fn has_open_twin(org: &Org, new: &Request) -> bool {
    let email = |r: &Request| r.candidate("email").unwrap_or_default().to_lowercase();
    org.requests
        .values()
        .any(|r| !r.state.is_terminal() && r.jobrole == new.jobrole && email(r) == email(new))
}

fn store(org: &mut Org, links: Links<'_>, id: String, mut request: Request) -> Option<u64> {
    let now = links.now_ms;
    org.next_number += 1;
    request.id.clone_from(&id);
    request.number = org.next_number;
    request.created_at_ms = now;
    request.updated_at_ms = now;
    request.status_updated_at_ms = now;
    request.reminded_at_ms = now;
    org.requests.insert(id.clone(), request);
    org.tell_candidate(now, &id, "invitation");
    if !org.settings.callback.on_create {
        return None;
    }
    let first = callbacks::changed(org, links, &id)?;
    if !org.settings.callback.before_create_reply {
        return None;
    }
    callbacks::keep_back(org, first);
    Some(first)
}

fn parse(org: &Org, order: Map<String, Value>) -> Result<Request, FieldErrors> {
    let mut errors = FieldErrors::default();
    let candidate = order
        .get("candidate")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    for key in ["first_name", "last_name", "email"] {
        required(&mut errors, &candidate, key, &format!("candidate.{key}"));
    }
    for key in ["jobrole", "requestor", "job_position"] {
        required(&mut errors, &order, key, key);
    }
    let text = |map: &Map<String, Value>, key: &str| {
        map.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    for (field, email) in [
        ("candidate.email", text(&candidate, "email")),
        ("requestor", text(&order, "requestor")),
    ] {
        if !email.is_empty() && !is_email(&email) {
            errors.add(field, "Enter a valid email address.");
        }
    }
    if let Some(phone) = candidate.get("mobile_phone")
        && !phone.as_str().is_some_and(is_e164)
    {
        errors.add(
            "candidate.mobile_phone",
            "Enter a valid phone number in E.164 form.",
        );
    }
    if let Some(manager) = order.get("hiring_manager")
        && !manager
            .get("email")
            .and_then(Value::as_str)
            .is_some_and(is_email)
    {
        errors.add("hiring_manager.email", "Enter a valid email address.");
    }
    let jobrole = text(&order, "jobrole");
    let survey = org
        .settings
        .surveys
        .iter()
        .find(|s| s.codename == jobrole && s.enabled);
    if survey.is_none() && !jobrole.is_empty() {
        errors.add("jobrole", "Unknown or disabled job role.");
    }
    let counts = survey
        .map(|survey| counts(&mut errors, survey, order.get("config_params")))
        .unwrap_or_default();
    let any = order
        .get("any_relationship_count")
        .and_then(Value::as_u64)
        .and_then(|n| u32::try_from(n).ok())
        .unwrap_or(0);
    let wanted = counts.values().sum::<u32>().saturating_add(any);
    if survey.is_some() && wanted < org.settings.min_reference_count {
        errors.add(
            "config_params",
            format!(
                "At least {} references are required.",
                org.settings.min_reference_count
            ),
        );
    }
    let auto_conclude = match order
        .get("auto_conclude")
        .map(|rule| serde_json::from_value(rule.clone()))
        .transpose()
    {
        Ok(rule) => rule,
        Err(_) => {
            errors.add("auto_conclude", "Not a valid rule.");
            None
        }
    };
    if errors.is_empty() {
        Ok(Request {
            order,
            jobrole,
            counts,
            wanted,
            auto_conclude,
            ..Request::default()
        })
    } else {
        Err(errors)
    }
}

fn required(errors: &mut FieldErrors, map: &Map<String, Value>, key: &str, field: &str) {
    match map.get(key) {
        None | Some(Value::Null) => errors.add(field, "This field is required."),
        Some(Value::String(text)) if text.trim().is_empty() => {
            errors.add(field, "This field may not be blank.")
        }
        Some(Value::String(_)) => {}
        Some(_) => errors.add(field, "Not a valid string."),
    }
}

/// How many references of each relationship; the survey's defaults when the order does not say.
fn counts(
    errors: &mut FieldErrors,
    survey: &Survey,
    given: Option<&Value>,
) -> BTreeMap<String, u32> {
    let Some(given) = given.filter(|v| !v.is_null()) else {
        return survey
            .relationships
            .iter()
            .map(|(id, r)| (id.clone(), r.default))
            .collect();
    };
    let Some(given) = given.as_object() else {
        errors.add("config_params", "Expected an object.");
        return BTreeMap::new();
    };
    let mut counts = BTreeMap::new();
    for (id, value) in given {
        let field = format!("config_params.{id}");
        let Some(relationship) = survey.relationships.get(id) else {
            errors.add(&field, "Unknown relationship.");
            continue;
        };
        match value.as_u64().and_then(|n| u32::try_from(n).ok()) {
            Some(n) if (relationship.min..=relationship.max).contains(&n) => {
                counts.insert(id.clone(), n);
            }
            Some(_) => errors.add(
                &field,
                format!(
                    "Must be between {} and {}.",
                    relationship.min, relationship.max
                ),
            ),
            None => errors.add(&field, "A valid integer is required."),
        }
    }
    counts
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.contains('@')
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !text.contains(char::is_whitespace)
    })
}

fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0')
    })
}
