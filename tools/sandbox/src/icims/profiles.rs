//! GET, POST and PATCH of whole profiles, one field, and the two special addresses of workflows.

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::answer::{ApiError, Refusal, changed, created, found};
use super::model::{Customer, Profile};
use super::profile_type::ProfileType;
use super::render::{self, Base};
use super::write;
use crate::app::{App, Shared};
use crate::state::{TrackedMap, World};

/// What an address names: the customer, the profile type and the id, all of them existing and visible.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) customer: String,
    pub(crate) kind: ProfileType,
    pub(crate) id: u64,
}

impl Target {
    pub(crate) fn find(world: &World, customer: &str, kind: &str, id: &str) -> Result<Self, Refusal> {
        let kind = ProfileType::from_path(kind).ok_or_else(|| Refusal::not_found("Profile type"))?;
        let gone = || Refusal::not_found(kind.title());
        let id: u64 = id.parse().map_err(|_| gone())?;
        let known = world.icims.customers.get(customer).ok_or_else(gone)?;
        if known.is_hidden_profile(kind, id) {
            return Err(Refusal::access_denied(kind.title()));
        }
        known.profile(kind, id).ok_or_else(gone)?;
        Ok(Self { customer: customer.to_owned(), kind, id })
    }

    pub(crate) fn customer_in<'w>(&self, world: &'w World) -> Result<&'w Customer, Refusal> {
        world.icims.customers.get(&self.customer).ok_or_else(|| Refusal::not_found("Customer"))
    }

    pub(crate) fn customer_mut<'w>(&self, world: &'w mut World) -> Result<&'w mut Customer, Refusal> {
        world.icims.customers.get_mut(&self.customer).ok_or_else(|| Refusal::not_found("Customer"))
    }

    pub(crate) fn profile_in<'c>(&self, customer: &'c Customer) -> Result<&'c Profile, Refusal> {
        customer.profile(self.kind, self.id).ok_or_else(|| Refusal::not_found(self.kind.title()))
    }

    pub(crate) fn profile_mut<'c>(&self, customer: &'c mut Customer) -> Result<&'c mut Profile, Refusal> {
        customer.profile_mut(self.kind, self.id).ok_or_else(|| Refusal::not_found(self.kind.title()))
    }

    pub(crate) fn base<'a>(&'a self, app: &'a App) -> Base<'a> {
        Base { url: &app.icims_url, customer: &self.customer }
    }

    pub(crate) fn url(&self, app: &App) -> String {
        self.base(app).link(self.kind, self.id)
    }
}

pub(crate) fn respond(result: Result<Response, Refusal>) -> Response {
    result.unwrap_or_else(IntoResponse::into_response)
}

/// The value of a query parameter.
pub(crate) fn query(raw: Option<&str>, name: &str) -> Option<String> {
    url::form_urlencoded::parse(raw.unwrap_or_default().as_bytes())
        .find(|(k, _)| k == name)
        .map(|(_, v)| v.into_owned())
}

/// The names in `fields=`, and warnings for those that are not lower case.
fn requested_fields(raw: Option<&str>) -> (Option<Vec<String>>, Vec<ApiError>) {
    let Some(list) = query(raw, "fields") else {
        return (None, Vec::new());
    };
    let (wrong, right): (Vec<String>, Vec<String>) = list
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .partition(|name| name.chars().any(char::is_uppercase));
    (Some(right), wrong.iter().map(|name| write::case_warning(name)).collect())
}

pub(crate) async fn get(
    State(app): State<Shared>,
    Path((customer, kind, id)): Path<(String, String, String)>,
    RawQuery(raw): RawQuery,
) -> Response {
    respond(app.read(|world| rendered(&app, world, &Target::find(world, &customer, &kind, &id)?, raw.as_deref())))
}

fn rendered(app: &App, world: &World, target: &Target, raw: Option<&str>) -> Result<Response, Refusal> {
    let (requested, warnings) = requested_fields(raw);
    let customer = target.customer_in(world)?;
    let body = render::profile(customer, target.base(app), target.kind, target.id, requested.as_deref());
    Ok(found(body, &warnings))
}

/// `GET applicantworkflows/{id}/submittalstatuslog`.
pub(crate) async fn get_status_log(
    State(app): State<Shared>,
    Path((customer, id)): Path<(String, String)>,
) -> Response {
    respond(app.read(|world| {
        let target = Target::find(world, &customer, "applicantworkflows", &id)?;
        let known = target.customer_in(world)?;
        let log = render::status_log(known, target.base(&app), target.profile_in(known)?);
        Ok(found(json!({"submittalstatuslog": log}), &[]))
    }))
}

pub(crate) fn parse_object(body: &Bytes) -> Result<Map<String, Value>, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::bad_request("The body must be a JSON object."))
}

/// `POST {kind}`: a new profile.
pub(crate) async fn create(
    State(app): State<Shared>,
    Path((customer, kind)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    respond(app.write(|world| {
        let kind = ProfileType::from_path(&kind).ok_or_else(|| Refusal::not_found("Profile type"))?;
        let body = parse_object(&body)?;
        let id = insert(world, &customer, kind, None, &body, None)?;
        Ok(created(&Base { url: &app.icims_url, customer: &customer }.link(kind, id)))
    }))
}

/// Makes a profile; used by the API and by the control plane.
pub(crate) fn insert(
    world: &mut World,
    customer: &str,
    kind: ProfileType,
    id: Option<u64>,
    body: &Map<String, Value>,
    by: Option<u64>,
) -> Result<u64, Refusal> {
    let now = world.now_ms();
    let known = world.icims.customers.get_mut(customer).ok_or_else(|| Refusal::not_found("Customer"))?;
    let parsed = write::parse_profile(known, kind, body)?;
    let id = id.unwrap_or_else(|| known.fresh_id());
    *known.next_id = id.max(*known.next_id);
    let mut profile = Profile { created_at_ms: now, ..Profile::default() };
    write::apply(&mut profile, parsed.fields, now, by.unwrap_or(known.settings.api_user_id));
    known.profiles.get_or_insert_with(kind, TrackedMap::default).insert(id, profile);
    Ok(id)
}

pub(crate) async fn patch(
    State(app): State<Shared>,
    Path((customer, kind, id)): Path<(String, String, String)>,
    body: Bytes,
) -> Response {
    let result = app.write(|world| {
        let target = Target::find(world, &customer, &kind, &id)?;
        let (warnings, moved) = change(world, &target, &parse_object(&body)?)?;
        Ok((target, warnings, moved))
    });
    let (target, warnings, moved) = match result {
        Ok(done) => done,
        Err(refusal) => return Refusal::into_response(refusal),
    };
    if let Some((before, after)) = moved {
        crate::push::after_api_change(&app, &target.customer, target.id, before, after);
    }
    changed(Some(&target.url(&app)), &warnings)
}

type Moved = Option<(String, String)>;

fn change(world: &mut World, target: &Target, body: &Map<String, Value>) -> Result<(Vec<ApiError>, Moved), Refusal> {
    let now = world.now_ms();
    let customer = target.customer_mut(world)?;
    let parsed = write::parse_profile(customer, target.kind, body)?;
    write::check_required(customer, target.kind, target.profile_in(customer)?, &parsed.fields)?;
    let api_user = customer.settings.api_user_id;
    let moved = write::apply(target.profile_mut(customer)?, parsed.fields, now, api_user);
    Ok((parsed.warnings, moved))
}
