//! The Schema API (docs/vendors/icims.md §3.4) and the names of the lists: how an integrator learns a platform's
//! fields.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::{Refusal, found};
use super::fields::{FieldDef, FieldKind};
use super::model::{Customer, object};
use super::profile_type::ProfileType;
use super::profiles::respond;
use crate::app::Shared;
use crate::state::World;

fn find<'w>(world: &'w World, customer: &str, kind: &str) -> Result<(&'w Customer, ProfileType), Refusal> {
    let kind = ProfileType::ALL
        .into_iter()
        .find(|t| t.schema_name() == kind)
        .ok_or_else(|| Refusal::not_found("Profile type"))?;
    world.icims.customers.get(customer).map(|c| (c, kind)).ok_or_else(|| Refusal::not_found("Customer"))
}

fn visible(customer: &Customer, kind: ProfileType) -> impl Iterator<Item = (&String, &FieldDef)> {
    customer.fields.get(&kind).into_iter().flatten().filter(move |(name, _)| !customer.is_hidden(kind, name))
}

pub(crate) async fn profile(State(app): State<Shared>, Path((customer, kind)): Path<(String, String)>) -> Response {
    respond(app.read(|world| {
        let (customer, kind) = find(world, &customer, &kind)?;
        let properties = object(visible(customer, kind).map(|(name, def)| (name.clone(), schema(def))));
        Ok(found(
            json!({"$schema": "http://json-schema.org/draft-04/schema#", "title": kind.schema_name(), "type": "object", "properties": properties}),
            &[],
        ))
    }))
}

fn schema(def: &FieldDef) -> Value {
    let node = json!({"type": "object", "properties": {"id": {"type": "string"}, "formattedvalue": {"type": "string"}, "value": {"type": "string"}}});
    let link = json!({"type": "object", "properties": {"profile": {"type": "string"}, "id": {"type": "integer"}, "value": {"type": "string"}}});
    let mut schema_json = match def.kind {
        FieldKind::Text | FieldKind::Html => json!({"type": "string"}),
        FieldKind::Integer => json!({"type": "integer"}),
        FieldKind::Decimal => json!({"type": "number"}),
        FieldKind::Date => json!({"type": "string", "format": "date"}),
        FieldKind::Datetime => json!({"type": "string", "format": "date-time"}),
        FieldKind::List => node,
        FieldKind::MultiList => json!({"type": "array", "items": node}),
        FieldKind::Person | FieldKind::Job => link,
        FieldKind::Address => json!({"type": "object", "properties": {
            "id": {"type": "integer"}, "companyid": {"type": "integer"}, "address": {"type": "string"}, "value": {"type": "string"}}}),
        FieldKind::File => json!({"type": "string", "format": "binary"}),
        FieldKind::Collection => {
            json!({"type": "array", "items": {"type": "object", "properties": children(&def.children)}})
        }
    };
    if let Some(schema_json) = schema_json.as_object_mut() {
        schema_json.insert("title".to_owned(), json!(def.label));
        if let Some(most) = def.max_length {
            schema_json.insert("maxLength".to_owned(), json!(most));
        }
    }
    schema_json
}

fn children(defs: &BTreeMap<String, FieldDef>) -> Value {
    let entry = std::iter::once(("entry".to_owned(), json!({"type": "integer"})));
    object(entry.chain(defs.iter().map(|(name, def)| (name.clone(), schema(def)))))
}
