//! One field at a time: collection entries (docs/vendors/icims.md §4.3), and plain fields for reading.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::Value;

use super::answer::{ApiError, Code, Refusal, changed, created, found, is_json};
use super::fields::{FieldDef, FieldKind};
use super::model::Customer;
use super::profiles::{Target, parse_object, respond};
use super::{render, write};
use crate::app::Shared;
use crate::state::World;

type FieldPath = (String, String, String, String);
type EntryPath = (String, String, String, String, String);

fn def(customer: &Customer, target: &Target, field: &str) -> Result<FieldDef, Refusal> {
    let def = customer.field(target.kind, field).ok_or_else(|| Refusal::not_found("Field"))?;
    if customer.is_hidden(target.kind, field) {
        return Err(Refusal::access_denied("Field"));
    }
    Ok(def.clone())
}

fn collection(customer: &Customer, target: &Target, field: &str) -> Result<FieldDef, Refusal> {
    let def = def(customer, target, field)?;
    if def.kind == FieldKind::Collection {
        Ok(def)
    } else {
        Err(Refusal::bad_request(format!("{field} is not a collection.")))
    }
}

/// The collection's entries as stored.
fn entries<'w>(world: &'w mut World, target: &Target, field: &str) -> Result<&'w mut Vec<Value>, Refusal> {
    let profile = target.profile_mut(target.customer_mut(world)?)?;
    let value = profile.fields.entry(field.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
    value.as_array_mut().ok_or_else(|| Refusal::not_found("Entry"))
}

/// Where the entry with this number stands.
fn position(entries: &[Value], number: &str) -> Result<usize, Refusal> {
    let is_it = |entry: &Value| entry.get("entry").and_then(Value::as_u64).is_some_and(|n| n.to_string() == number);
    entries.iter().position(is_it).ok_or_else(|| Refusal::not_found("Entry"))
}

/// Whether two entries are equal apart from their numbers.
fn same(a: &Value, b: &Value) -> bool {
    let without_number = |v: &Value| {
        v.as_object()
            .map(|o| o.iter().filter(|(k, _)| *k != "entry").map(|(k, v)| (k.clone(), v.clone())).collect::<Vec<_>>())
    };
    without_number(a) == without_number(b)
}

fn json_only(headers: &HeaderMap) -> Result<(), Refusal> {
    if is_json(headers) {
        return Ok(());
    }
    let error = ApiError::new(Code::InvalidValue, "Content-Type must be application/json.");
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error))
}

fn touch(world: &mut World, target: &Target) -> Result<(), Refusal> {
    let now = world.now_ms();
    target.profile_mut(target.customer_mut(world)?)?.updated_at_ms = now;
    Ok(())
}

/// `GET fields/{field}`.
pub(crate) async fn get_field(
    State(app): State<Shared>,
    Path((customer, kind, id, field)): Path<FieldPath>,
) -> Response {
    respond(app.read(|world| {
        let target = Target::find(world, &customer, &kind, &id)?;
        let known = target.customer_in(world)?;
        let def = def(known, &target, &field)?;
        let value = render::field(known, target.base(&app), target.kind, target.profile_in(known)?, &field, &def);
        Ok(found(super::model::object(value.map(|v| (field.clone(), v))), &[]))
    }))
}

/// `POST fields/{collection}`: a new entry, or nothing at all if there is an identical one.
pub(crate) async fn post_entry(
    State(app): State<Shared>,
    Path((customer, kind, id, field)): Path<FieldPath>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    respond(app.write(|world| {
        let target = Target::find(world, &customer, &kind, &id)?;
        json_only(&headers)?;
        let body = parse_object(&body)?;
        let known = target.customer_mut(world)?;
        let def = collection(known, &target, &field)?;
        let parsed = write::parse_entry(known, &def, &body)?;
        let number = known.fresh_id();
        let fresh = write::with_number(parsed.fields, number);
        let kept = entries(world, &target, &field)?;
        if kept.iter().any(|entry| same(entry, &fresh)) {
            return Ok(StatusCode::OK.into_response());
        }
        kept.push(fresh);
        touch(world, &target)?;
        let location = format!("{}/fields/{field}/{number}", target.url(&app));
        let schemeless = target.customer_in(world)?.settings.location_without_scheme;
        Ok(created(if schemeless { location.trim_start_matches("http://") } else { &location }))
    }))
}

pub(crate) async fn get_entry(
    State(app): State<Shared>,
    Path((customer, kind, id, field, entry)): Path<EntryPath>,
) -> Response {
    respond(app.read(|world| {
        let target = Target::find(world, &customer, &kind, &id)?;
        let known = target.customer_in(world)?;
        let def = collection(known, &target, &field)?;
        let stored = target.profile_in(known)?.fields.get(&field).and_then(Value::as_array);
        let entries = stored.map(Vec::as_slice).unwrap_or_default();
        let stored = entries.get(position(entries, &entry)?).unwrap_or(&Value::Null);
        Ok(found(render::entry(known, target.base(&app), &def, stored), &[]))
    }))
}

pub(crate) async fn patch_entry(
    State(app): State<Shared>,
    Path((customer, kind, id, field, entry)): Path<EntryPath>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    respond(app.write(|world| {
        let target = Target::find(world, &customer, &kind, &id)?;
        json_only(&headers)?;
        let body = parse_object(&body)?;
        let known = target.customer_mut(world)?;
        let def = collection(known, &target, &field)?;
        let parsed = write::parse_entry(known, &def, &body)?;
        let kept = entries(world, &target, &field)?;
        let at = position(kept, &entry)?;
        let mut changed_entry = kept.get(at).cloned().unwrap_or_default();
        for (name, value) in parsed.fields {
            if let Some(object) = changed_entry.as_object_mut() {
                if value.is_null() {
                    object.remove(&name)
                } else {
                    object.insert(name, value)
                };
            }
        }
        // Swallowed as a POST of the same would be: success, and nothing changes.
        let twin = kept.iter().enumerate().any(|(i, e)| i != at && same(e, &changed_entry));
        if !twin && let Some(slot) = kept.get_mut(at) {
            *slot = changed_entry;
        }
        touch(world, &target)?;
        Ok(changed(None, &parsed.warnings))
    }))
}

pub(crate) async fn delete_entry(
    State(app): State<Shared>,
    Path((customer, kind, id, field, entry)): Path<EntryPath>,
) -> Response {
    respond(app.write(|world| {
        let target = Target::find(world, &customer, &kind, &id)?;
        collection(target.customer_in(world)?, &target, &field)?;
        let kept = entries(world, &target, &field)?;
        let at = position(kept, &entry)?;
        kept.remove(at);
        touch(world, &target)?;
        Ok(changed(None, &[]))
    }))
}
