//! The Search API (docs/vendors/icims.md §3.7): filters in, at most 1,000 ids out, from a cache that may be old.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Refusal, found};
use super::fields::FieldKind;
use super::model::{Customer, Profile};
use super::profile_type::ProfileType;
use super::profiles::{query, respond};
use super::render::Base;
use crate::app::{App, Shared};
use crate::state::World;
use crate::state::clock::{icims_datetime, parse_icims_datetime};

/// The most ids in one answer.
const MOST: usize = 1000;

#[derive(Debug, Deserialize)]
struct Group {
    filters: Vec<Filter>,
    #[serde(default)]
    operator: Combine,
    #[serde(default)]
    children: Vec<Group>,
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
enum Combine {
    #[default]
    #[serde(rename = "&")]
    And,
    #[serde(rename = "|")]
    Or,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    name: String,
    value: Vec<Value>,
    #[serde(default)]
    secondary_value: Vec<Value>,
    #[serde(default)]
    operator: Option<String>,
}

pub(crate) async fn post(
    State(app): State<Shared>,
    Path((customer, kind)): Path<(String, String)>,
    RawQuery(raw): RawQuery,
    body: Bytes,
) -> Response {
    respond(search(&app, &customer, &kind, raw.as_deref(), &body))
}

pub(crate) async fn get(
    State(app): State<Shared>,
    Path((customer, kind)): Path<(String, String)>,
    RawQuery(raw): RawQuery,
) -> Response {
    let body = query(raw.as_deref(), "searchJson").unwrap_or_default();
    respond(search(&app, &customer, &kind, raw.as_deref(), body.as_bytes()))
}

fn search(app: &App, customer: &str, kind: &str, raw: Option<&str>, body: &[u8]) -> Result<Response, Refusal> {
    let kind = ProfileType::from_path(kind).ok_or_else(|| Refusal::not_found("Profile type"))?;
    let group: Group =
        serde_json::from_slice(body).map_err(|why| Refusal::bad_request(format!("Search is malformed: {why}")))?;
    if !has_filter(&group) {
        return Err(Refusal::bad_request("At least one filter is required."));
    }
    check(&group, kind)?;
    let staleness = query(raw, "staleness").and_then(|m| m.parse::<i64>().ok()).map(|minutes| minutes * 60);
    let key = format!("{}?{}", kind.path(), String::from_utf8_lossy(body));
    let ids = app.write_later(|world| cached(world, customer, kind, key, staleness, &group))?;
    let base = Base { url: &app.icims_url, customer };
    let results: Vec<Value> = ids.iter().map(|id| json!({"self": base.link(kind, *id), "id": id})).collect();
    Ok(found(json!({"searchResults": results}), &[]))
}

fn cached(
    world: &mut World,
    customer: &str,
    kind: ProfileType,
    key: String,
    staleness: Option<i64>,
    group: &Group,
) -> Result<Vec<u64>, Refusal> {
    let now = world.now_ms();
    let known = world.icims.customers.get_mut(customer).ok_or_else(|| Refusal::not_found("Customer"))?;
    let stale_ms = staleness.unwrap_or(known.settings.search_staleness_s) * 1000;
    if let Some((at, ids)) = known.search_cache.get(&key)
        && now - at < stale_ms
    {
        return Ok(ids.clone());
    }
    let visible =
        known.profiles.get(&kind).into_iter().flatten().filter(|(id, _)| !known.is_hidden_profile(kind, **id));
    let ids: Vec<u64> = visible
        .filter(|(id, profile)| matches(known, kind, **id, profile, group))
        .map(|(id, _)| *id)
        .take(MOST)
        .collect();
    known.search_cache.retain(|_, (at, _)| now - *at < 900_000);
    known.search_cache.insert(key, (now, ids.clone()));
    Ok(ids)
}

fn has_filter(group: &Group) -> bool {
    !group.filters.is_empty() || group.children.iter().any(has_filter)
}

fn check(group: &Group, kind: ProfileType) -> Result<(), Refusal> {
    for filter in &group.filters {
        let prefix = format!("{}.", kind.search_name());
        if !filter.name.starts_with(&prefix) {
            return Err(Refusal::bad_request(format!("Filter {} is not one of {}.", filter.name, kind.search_name())));
        }
        if !matches!(filter.operator.as_deref().unwrap_or("="), "=" | "!=" | "<" | ">" | "<=" | ">=") {
            return Err(Refusal::bad_request(format!("Filter {} has an unknown operator.", filter.name)));
        }
        if filter.value.is_empty() {
            return Err(Refusal::bad_request(format!("Filter {} has no value.", filter.name)));
        }
    }
    group.children.iter().try_for_each(|child| check(child, kind))
}

fn matches(customer: &Customer, kind: ProfileType, id: u64, profile: &Profile, group: &Group) -> bool {
    let mut all = group
        .filters
        .iter()
        .map(|f| filter_matches(customer, kind, id, profile, f))
        .chain(group.children.iter().map(|child| matches(customer, kind, id, profile, child)));
    match group.operator {
        Combine::And => all.all(|m| m),
        Combine::Or => all.any(|m| m),
    }
}

/// What a filter compares with: numbers as numbers, date-times as minutes, everything else as text.
fn values(customer: &Customer, kind: ProfileType, id: u64, profile: &Profile, name: &str) -> Vec<String> {
    let linked = |kind, field: &str| Some((kind, profile.link(field)?));
    let (head, rest) = name.split_once('.').unwrap_or((name, ""));
    let next = match (kind, head) {
        (ProfileType::ApplicantWorkflows, "person") => linked(ProfileType::People, "associatedprofile"),
        (ProfileType::ApplicantWorkflows, "job") => linked(ProfileType::Jobs, "baseprofile"),
        _ => None,
    };
    if let Some((kind, id)) = next {
        return customer.profile(kind, id).map(|p| values(customer, kind, id, p, rest)).unwrap_or_default();
    }
    match head {
        "id" => vec![id.to_string()],
        "updateddate" => vec![icims_datetime(profile.updated_at_ms)],
        "createddate" => vec![icims_datetime(profile.created_at_ms)],
        field => profile.fields.get(field).map(|v| texts(customer, kind, field, v)).unwrap_or_default(),
    }
}

/// A stored value's texts: a list node is found by its id and by its label.
fn texts(customer: &Customer, kind: ProfileType, field: &str, value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(all) => all.iter().flat_map(|v| texts(customer, kind, field, v)).collect(),
        Value::Object(o) => {
            let id =
                o.get("id").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)).unwrap_or_default();
            let def = customer.field(kind, field).filter(|d| matches!(d.kind, FieldKind::List | FieldKind::MultiList));
            let node = def.and_then(|d| d.list.as_deref()).and_then(|list| customer.node(list, &id));
            std::iter::once(id).chain(node.map(|n| n.label().to_owned())).collect()
        }
        other => vec![other.to_string()],
    }
}

fn filter_matches(customer: &Customer, kind: ProfileType, id: u64, profile: &Profile, filter: &Filter) -> bool {
    let name = filter.name.split_once('.').map_or("", |(_, rest)| rest);
    let actual = values(customer, kind, id, profile, name);
    let wanted: Vec<String> = filter.value.iter().map(plain).collect();
    let any = |holds: fn(std::cmp::Ordering) -> bool, with: &[String]| {
        actual.iter().any(|a| with.iter().any(|w| holds(compare(a, w))))
    };
    if !filter.secondary_value.is_empty() {
        let until: Vec<String> = filter.secondary_value.iter().map(plain).collect();
        return any(std::cmp::Ordering::is_ge, &wanted) && any(std::cmp::Ordering::is_le, &until);
    }
    match filter.operator.as_deref().unwrap_or("=") {
        "!=" => !any(std::cmp::Ordering::is_eq, &wanted),
        "<" => any(std::cmp::Ordering::is_lt, &wanted),
        ">" => any(std::cmp::Ordering::is_gt, &wanted),
        "<=" => any(std::cmp::Ordering::is_le, &wanted),
        ">=" => any(std::cmp::Ordering::is_ge, &wanted),
        _ => any(std::cmp::Ordering::is_eq, &wanted),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn compare(a: &str, b: &str) -> std::cmp::Ordering {
    if let (Some(a), Some(b)) = (parse_icims_datetime(a), parse_icims_datetime(b)) {
        return a.cmp(&b);
    }
    if let (Ok(a), Ok(b)) = (a.parse::<f64>(), b.parse::<f64>()) {
        return a.total_cmp(&b);
    }
    a.to_lowercase().cmp(&b.to_lowercase())
}
