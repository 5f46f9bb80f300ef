//! From stored fields to the JSON that iCIMS returns.

use serde_json::{Map, Value, json};

use super::fields::{FieldDef, FieldKind};
use super::model::{Customer, Profile};
use super::profile_type::ProfileType;
use crate::state::clock::icims_datetime;

/// How many entries of the status history are returned (docs/vendors/icims.md §3.1).
const STATUS_LOG_LIMIT: usize = 100;

/// Where a customer's links point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Base<'a> {
    pub(crate) url: &'a str,
    pub(crate) customer: &'a str,
}

impl Base<'_> {
    pub(crate) fn link(&self, kind: ProfileType, id: u64) -> String {
        format!("{}/customers/{}/{}/{id}", self.url, self.customer, kind.path())
    }
}

/// A profile as a GET returns it: the requested fields (or the default ones) that have a value and are not hidden.
pub(crate) fn profile(
    customer: &Customer,
    base: Base<'_>,
    kind: ProfileType,
    id: u64,
    requested: Option<&[String]>,
) -> Value {
    let mut rendered = Map::new();
    let Some(stored) = customer.profile(kind, id) else {
        return Value::Null;
    };
    let defs = customer.fields.get(&kind);
    for (name, def) in defs.into_iter().flatten() {
        let wanted = requested.map_or(def.default, |names| names.contains(name));
        if wanted && let Some(value) = field(customer, base, kind, stored, name, def) {
            rendered.insert(name.clone(), value);
        }
    }
    if requested.is_some_and(|names| names.iter().any(|n| n == "submittalstatuslog")) {
        rendered.insert("submittalstatuslog".to_owned(), status_log(customer, base, stored));
    }
    rendered.insert("links".to_owned(), links(base, kind, id, stored));
    Value::Object(rendered)
}

/// One field of a profile, if it is visible and has a value.
pub(crate) fn field(
    customer: &Customer,
    base: Base<'_>,
    kind: ProfileType,
    stored: &Profile,
    name: &str,
    def: &FieldDef,
) -> Option<Value> {
    if customer.is_hidden(kind, name) {
        return None;
    }
    let value = stored.fields.get(name).filter(|v| !is_empty(v))?;
    self::value(customer, base, def, value)
}

pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(s) => s.is_empty(),
        Value::Array(a) => a.is_empty(),
        _ => false,
    }
}

fn value(customer: &Customer, base: Base<'_>, def: &FieldDef, stored: &Value) -> Option<Value> {
    match def.kind {
        FieldKind::List => node(customer, def, stored),
        FieldKind::MultiList => {
            stored.as_array().map(|all| all.iter().filter_map(|v| node(customer, def, v)).collect())
        }
        FieldKind::Person => link(customer, base, ProfileType::People, stored),
        FieldKind::Job => link(customer, base, ProfileType::Jobs, stored),
        FieldKind::Address => address(customer, base, stored),
        FieldKind::Collection => {
            stored.as_array().map(|all| all.iter().map(|e| entry(customer, base, def, e)).collect())
        }
        FieldKind::File => None,
        _ => Some(stored.clone()),
    }
}

/// An entry of a collection, with its number.
pub(crate) fn entry(customer: &Customer, base: Base<'_>, def: &FieldDef, stored: &Value) -> Value {
    let mut rendered = Map::new();
    for (name, stored) in stored.as_object().into_iter().flatten() {
        let shown = match def.children.get(name) {
            Some(child) => value(customer, base, child, stored),
            None => Some(stored.clone()),
        };
        if let Some(shown) = shown.filter(|v| !is_empty(v)) {
            rendered.insert(name.clone(), shown);
        }
    }
    Value::Object(rendered)
}

fn node(customer: &Customer, def: &FieldDef, stored: &Value) -> Option<Value> {
    let id = stored.get("id")?.as_str()?;
    let found = def.list.as_deref().and_then(|list| customer.node(list, id));
    Some(match found {
        Some(node) => json!({"id": node.id, "value": node.value, "formattedvalue": node.label()}),
        None => json!({"id": id}),
    })
}

fn link(customer: &Customer, base: Base<'_>, kind: ProfileType, stored: &Value) -> Option<Value> {
    let id = stored.get("id")?.as_u64()?;
    let text = match kind {
        ProfileType::People => customer.person_name(id),
        _ => {
            customer.profile(kind, id).and_then(|p| p.fields.get("jobtitle")).and_then(Value::as_str).map(str::to_owned)
        }
    };
    let mut rendered = json!({"profile": base.link(kind, id), "id": id});
    if let (Some(rendered), Some(text)) = (rendered.as_object_mut(), text) {
        rendered.insert("value".to_owned(), Value::String(text));
    }
    Some(rendered)
}

fn address(customer: &Customer, base: Base<'_>, stored: &Value) -> Option<Value> {
    let (id, company) = (stored.get("id")?.as_u64()?, stored.get("companyid")?.as_u64()?);
    let entries = customer
        .profile(ProfileType::Companies, company)
        .and_then(|c| c.fields.get("addresses"))
        .and_then(Value::as_array);
    let city = entries
        .into_iter()
        .flatten()
        .find(|e| e.get("entry").and_then(Value::as_u64) == Some(id))
        .and_then(|e| e.get("addresscity"));
    Some(json!({
        "id": id,
        "companyid": company,
        "address": format!("{}/fields/addresses/{id}", base.link(ProfileType::Companies, company)),
        "value": city.and_then(Value::as_str).unwrap_or("Location"),
    }))
}

/// Every link really has `rel: "self"` (docs/vendors/icims.md §3.5).
fn links(base: Base<'_>, kind: ProfileType, id: u64, stored: &Profile) -> Value {
    let one = |title: &str, url: String| json!({"rel": "self", "title": title, "url": url});
    let mut all = vec![one("The current profile being viewed.", base.link(kind, id))];
    if kind == ProfileType::ApplicantWorkflows {
        if let Some(job) = stored.link("baseprofile") {
            all.push(one("The base profile of this workflow.", base.link(ProfileType::Jobs, job)));
        }
        if let Some(person) = stored.link("associatedprofile") {
            all.push(one("The associated profile of this workflow.", base.link(ProfileType::People, person)));
        }
    }
    Value::Array(all)
}

/// The status history, newest first.
pub(crate) fn status_log(customer: &Customer, base: Base<'_>, stored: &Profile) -> Value {
    let def = customer.field(ProfileType::ApplicantWorkflows, "status");
    stored
        .status_log
        .iter()
        .rev()
        .take(STATUS_LOG_LIMIT)
        .map(|change| {
            json!({
                "status": def.and_then(|def| node(customer, def, &json!({"id": change.status}))),
                "updateddate": icims_datetime(change.at_ms),
                "updatedby": link(customer, base, ProfileType::People, &json!({"id": change.by})),
            })
        })
        .collect()
}
