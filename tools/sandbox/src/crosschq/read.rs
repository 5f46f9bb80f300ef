//! What can be read: one request, a search, the surveys, the configuration.

use axum::Extension;
use axum::extract::{Path, Query, State as AppState};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::answer::{detail, json_response, not_found};
use super::extract::{OrgName, Profile};
use super::model::{Org, Request};
use super::read_org;
use super::render::{self, Links};
use super::survey::{RELATIONSHIPS, Survey};
use crate::app::Shared;

/// The largest page of a search.
const LARGEST_PAGE: usize = 100;
/// The usual page of a search.
const USUAL_PAGE: usize = 25;

pub(crate) async fn get(
    AppState(app): AppState<Shared>,
    Extension(OrgName(org)): Extension<OrgName>,
    Path(id): Path<String>,
) -> Response {
    let found = app.read(|world| {
        read_org(&app, world, &org, |org, links| {
            let request =
                org.requests.get(&id).filter(|r| links.now_ms - r.created_at_ms >= org.settings.read_lag_ms)?;
            Some(render::state(org, request, links))
        })
    });
    found.flatten().map_or_else(not_found, |state| json_response(StatusCode::OK, &state))
}

/// The filters of a search (docs/vendors/crosschq.md §9.1).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Search {
    external_id: Option<String>,
    candidate_email: Option<String>,
    status: Option<String>,
    updated_after: Option<String>,
    limit: Option<usize>,
    cursor: Option<u64>,
}

pub(crate) async fn search(
    AppState(app): AppState<Shared>,
    Extension(OrgName(org)): Extension<OrgName>,
    Query(search): Query<Search>,
) -> Response {
    let after = match search.updated_after.as_deref().map(|text| OffsetDateTime::parse(text, &Rfc3339)).transpose() {
        Ok(after) => after.map(|at| at.unix_timestamp() * 1000),
        Err(_) => {
            return detail(StatusCode::BAD_REQUEST, "updated_after: Enter a valid date/time.");
        }
    };
    let page = app.read(|world| {
        read_org(&app, world, &org, |org, links| {
            org.settings.capabilities.search.then(|| find(org, links, &search, after))
        })
    });
    page.flatten().map_or_else(not_found, |page| json_response(StatusCode::OK, &page))
}

fn find(org: &Org, links: Links<'_>, search: &Search, after_ms: Option<i64>) -> Value {
    let limit = search.limit.unwrap_or(USUAL_PAGE).clamp(1, LARGEST_PAGE);
    let matches = |r: &&Request| {
        links.now_ms - r.created_at_ms >= org.settings.search_lag_ms
            && search.external_id.as_deref().is_none_or(|id| r.external_id() == Some(id))
            && search
                .candidate_email
                .as_deref()
                .is_none_or(|email| r.candidate("email").is_some_and(|e| e.eq_ignore_ascii_case(email)))
            && search.status.as_deref().is_none_or(|status| render::status_word(org, r) == status)
            && after_ms.is_none_or(|after| r.updated_at_ms > after)
            && search.cursor.is_none_or(|cursor| r.number > cursor)
    };
    let mut found: Vec<&Request> = org.requests.values().filter(matches).collect();
    found.sort_by_key(|r| r.number);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|r| r.number.to_string());
    json!({"data": found.iter().map(|r| render::state(org, r, links)).collect::<Vec<_>>(), "next_cursor": next})
}

/// The enabled surveys: integers in v2, strings in v1.
pub(crate) async fn surveys(
    AppState(app): AppState<Shared>,
    Extension(OrgName(org)): Extension<OrgName>,
    Extension(profile): Extension<Profile>,
) -> Response {
    let found = app.read(|world| {
        let org = world.crosschq.orgs.get(&org)?;
        Some(org.settings.surveys.iter().filter(|s| s.enabled).map(|s| survey(s, profile)).collect::<Value>())
    });
    found.map_or_else(not_found, |surveys| json_response(StatusCode::OK, &surveys))
}

fn survey(survey: &Survey, profile: Profile) -> Value {
    let number = |n: u32| {
        if profile == Profile::V1 { json!(n.to_string()) } else { json!(n) }
    };
    let relationships: Map<String, Value> = survey
        .relationships
        .iter()
        .map(|(id, r)| {
            let mut shown =
                json!({"label": r.label, "default": number(r.default), "min": number(r.min), "max": number(r.max)});
            if let (Profile::V2, Some(shown)) = (profile, shown.as_object_mut()) {
                shown.insert("skip_reference_optin".to_owned(), json!(false));
                shown.insert("whv_mode".to_owned(), json!("default"));
            }
            (id.clone(), shown)
        })
        .collect();
    match profile {
        Profile::V1 => {
            json!({"id": survey.codename, "name": survey.name, "relationships": relationships})
        }
        Profile::V2 => {
            json!({"codename": survey.codename, "name": survey.name, "relationships": relationships})
        }
    }
}

/// `GET /partners/config/`: the numbers are strings (docs/vendors/crosschq.md §1.3).
pub(crate) async fn config(AppState(app): AppState<Shared>, Extension(OrgName(org)): Extension<OrgName>) -> Response {
    let least = app.read(|world| world.crosschq.orgs.get(&org).map_or(0, |o| o.settings.min_reference_count));
    let relationships: Vec<Value> = RELATIONSHIPS
        .iter()
        .map(|(id, name)| json!({"id": id, "name": name, "min": "0", "max": "10", "default": "2"}))
        .collect();
    json_response(StatusCode::OK, &json!({"relationships": relationships, "min_reference_count": least}))
}
