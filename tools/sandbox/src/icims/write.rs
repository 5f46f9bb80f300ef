//! From the JSON of a caller to stored fields: what each kind of field takes, and what it refuses.

use serde_json::{Map, Value, json};

use super::answer::{ApiError, Code, Refusal};
use super::delivered::ASSESSMENT_NAMES;
use super::fields::Node;
use super::fields::{FieldDef, FieldKind};
use super::model::{Customer, Fields, Profile, StatusChange};
use super::profile_type::ProfileType;
use super::render::is_empty;
use crate::state::clock::{is_date, parse_icims_datetime};

/// What a body's fields became.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// To store; null deletes.
    pub(crate) fields: Fields,
    /// Names that were not lower case, and so ignored.
    pub(crate) warnings: Vec<ApiError>,
}

pub(crate) fn case_warning(name: &str) -> ApiError {
    ApiError::of_field(Code::FieldCase, name, "Field name must be all lowercase.")
}

/// Reads the fields of a profile.
pub(crate) fn parse_profile(
    customer: &mut Customer,
    kind: ProfileType,
    body: &Map<String, Value>,
) -> Result<Parsed, Refusal> {
    let defs = customer.fields.get(&kind).cloned().unwrap_or_default();
    parse(customer, &defs, body)
}

/// Reads the fields of a collection's entry.
pub(crate) fn parse_entry(
    customer: &mut Customer,
    collection: &FieldDef,
    body: &Map<String, Value>,
) -> Result<Parsed, Refusal> {
    parse(customer, &collection.children, body)
}

fn parse(
    customer: &mut Customer,
    defs: &std::collections::BTreeMap<String, FieldDef>,
    body: &Map<String, Value>,
) -> Result<Parsed, Refusal> {
    let mut parsed = Parsed::default();
    for (name, value) in body {
        if name.chars().any(char::is_uppercase) {
            parsed.warnings.push(case_warning(name));
            continue;
        }
        if name == "entry" || name == "links" {
            continue;
        }
        let Some(def) = defs.get(name) else {
            return Err(Refusal::new(
                axum::http::StatusCode::BAD_REQUEST,
                ApiError::of_field(Code::NotFound, name, "Field not found."),
            ));
        };
        let stored = if is_empty(value) { Value::Null } else { normalize(customer, name, def, value)? };
        parsed.fields.insert(name.clone(), stored);
    }
    Ok(parsed)
}

fn normalize(customer: &mut Customer, name: &str, def: &FieldDef, value: &Value) -> Result<Value, Refusal> {
    let refuse = |message: &str| Refusal::invalid(name, message);
    match def.kind {
        FieldKind::Text | FieldKind::Html => {
            let text = value.as_str().ok_or_else(|| refuse("Value must be text."))?;
            match def.max_length {
                Some(most) if text.chars().count() > most => {
                    Err(refuse(&format!("Value must be at most {most} characters.")))
                }
                _ => Ok(value.clone()),
            }
        }
        FieldKind::Integer if value.is_i64() || value.is_u64() => Ok(value.clone()),
        FieldKind::Integer => Err(refuse("Value must be an integer.")),
        FieldKind::Decimal if value.is_number() => Ok(value.clone()),
        FieldKind::Decimal => Err(refuse("Value must be a number.")),
        FieldKind::Date if value.as_str().is_some_and(is_date) => Ok(value.clone()),
        FieldKind::Date => Err(refuse("Value must be a date in the form yyyy-mm-dd.")),
        FieldKind::Datetime if value.as_str().is_some_and(|v| parse_icims_datetime(v).is_some()) => Ok(value.clone()),
        FieldKind::Datetime => Err(refuse("Value must be a date in the form yyyy-mm-dd hh:mm a.")),
        FieldKind::List => node(customer, name, def, value),
        FieldKind::MultiList => match value {
            Value::Array(all) => all.iter().map(|v| node(customer, name, def, v)).collect(),
            one => Ok(Value::Array(vec![node(customer, name, def, one)?])),
        },
        FieldKind::Person => profile_link(customer, name, ProfileType::People, value),
        FieldKind::Job => profile_link(customer, name, ProfileType::Jobs, value),
        FieldKind::Address => {
            match (value.get("id").and_then(Value::as_u64), value.get("companyid").and_then(Value::as_u64)) {
                (Some(id), Some(company)) => Ok(json!({"id": id, "companyid": company})),
                _ => Err(refuse("Value must name an address by id and companyid.")),
            }
        }
        FieldKind::File => Err(refuse("A file is written through its /binary address.")),
        FieldKind::Collection => collection(customer, def, value)
            .map_err(|e| e.unwrap_or_else(|| refuse("Value must be an array of entries."))),
    }
}

/// A list value by id, or by its text.
fn node(customer: &mut Customer, name: &str, def: &FieldDef, value: &Value) -> Result<Value, Refusal> {
    let list = def.list.as_deref().unwrap_or_default();
    let by_id = value.get("id").and_then(Value::as_str);
    let by_text = value.get("value").and_then(Value::as_str);
    let found = match (by_id, by_text) {
        (Some(id), _) => customer.node(list, id),
        (None, Some(text)) => customer.find_node(list, text).filter(|n| n.value == text || n.label() == text),
        (None, None) => {
            return Err(Refusal::invalid(name, "Value must be a list node with an id or a value."));
        }
    };
    if let Some(found) = found {
        return Ok(json!({"id": found.id}));
    }
    match by_text {
        Some(text) if by_id.is_none() && list == ASSESSMENT_NAMES && customer.settings.add_unknown_assessment_names => {
            let id = format!("C{}", customer.fresh_id());
            customer.lists.entry(list.to_owned()).or_default().push(Node::new(&id, text));
            Ok(json!({"id": id}))
        }
        _ => Err(Refusal::invalid(name, "Value is not in the list.")),
    }
}

fn profile_link(customer: &Customer, name: &str, kind: ProfileType, value: &Value) -> Result<Value, Refusal> {
    let id = value.as_u64().or_else(|| value.get("id").and_then(Value::as_u64));
    match id {
        Some(id) if customer.profile(kind, id).is_some() => Ok(json!({"id": id})),
        _ => Err(Refusal::invalid(name, format!("{} not found.", kind.title()))),
    }
}

/// A whole collection: entries keep their numbers or get new ones.
fn collection(customer: &mut Customer, def: &FieldDef, value: &Value) -> Result<Value, Option<Refusal>> {
    let mut entries = Vec::new();
    for given in value.as_array().ok_or(None)? {
        let fields = given.as_object().ok_or(None)?;
        let parsed = parse(customer, &def.children, fields).map_err(Some)?;
        let number = given.get("entry").and_then(Value::as_u64).unwrap_or_else(|| customer.fresh_id());
        entries.push(with_number(parsed.fields, number));
    }
    Ok(Value::Array(entries))
}

/// An entry as stored.
pub(crate) fn with_number(fields: Fields, number: u64) -> Value {
    let mut entry: Map<String, Value> = fields.into_iter().filter(|(_, v)| !v.is_null()).collect();
    entry.insert("entry".to_owned(), json!(number));
    Value::Object(entry)
}

/// Refuses a change while a required field would stay empty (docs/vendors/icims.md §4.2).
pub(crate) fn check_required(
    customer: &Customer,
    kind: ProfileType,
    profile: &Profile,
    change: &Fields,
) -> Result<(), Refusal> {
    let required = customer.settings.required_fields.get(&kind).into_iter().flatten();
    let missing: Vec<ApiError> = required
        .filter(|name| change.get(*name).or_else(|| profile.fields.get(*name)).is_none_or(is_empty))
        .map(|name| ApiError::of_field(Code::FieldRequired, name, "Field is required."))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Refusal { status: axum::http::StatusCode::BAD_REQUEST, errors: missing })
    }
}

/// Stores a change, and returns the statuses that a workflow moved from and to, if it did.
pub(crate) fn apply(profile: &mut Profile, change: Fields, now_ms: i64, by: u64) -> Option<(String, String)> {
    let status =
        |fields: &Fields| fields.get("status").and_then(|v| v.get("id")).and_then(Value::as_str).map(str::to_owned);
    let before = status(&profile.fields).unwrap_or_default();
    for (name, value) in change {
        if value.is_null() {
            profile.fields.remove(&name);
        } else if let (Some(Value::Array(kept)), Value::Array(more), true) =
            (profile.fields.get_mut(&name), &value, value.get(0).is_some_and(|e| e.get("entry").is_some()))
        {
            append_entries(kept, more);
        } else {
            profile.fields.insert(name, value);
        }
    }
    profile.updated_at_ms = now_ms;
    let after = status(&profile.fields)?;
    if after == before {
        return None;
    }
    profile.status_log.push(StatusChange { status: after.clone(), at_ms: now_ms, by });
    Some((before, after))
}

/// Whether an array in a PATCH of a profile appends or replaces is not known (docs/vendors/icims.md §4.3): it appends
/// here.
fn append_entries(kept: &mut Vec<Value>, more: &[Value]) {
    for entry in more {
        match kept.iter_mut().find(|k| k.get("entry") == entry.get("entry")) {
            Some(same) => *same = entry.clone(),
            None => kept.push(entry.clone()),
        }
    }
}
