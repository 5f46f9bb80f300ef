//! Control of the fake iCIMS: its customers, their profiles, and what recruiters do.

use axum::extract::{Path, State};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::answer::{Answered, Refused, body, ok, patched};
use super::types::{Merge, Quota};
use crate::app::Shared;
use crate::icims::delivered::STATUSES;
use crate::icims::edit::{create_profile as insert, edit_profile as edit};
use crate::icims::fields::FieldDef;
use crate::icims::fields::Node;
use crate::icims::model::{Customer, IssuedToken, Profile};
use crate::icims::profile_type::ProfileType;
use crate::icims::settings::CustomerSettings;
use crate::state::World;
use crate::state::clock::icims_datetime;

pub(super) fn of<'w>(world: &'w World, customer: &str) -> Result<&'w Customer, Refused> {
    world.icims.customers.get(customer).ok_or_else(|| Refused::unknown("customer", customer))
}

pub(super) fn of_mut<'w>(world: &'w mut World, customer: &str) -> Result<&'w mut Customer, Refused> {
    world.icims.customers.get_mut(customer).ok_or_else(|| Refused::unknown("customer", customer))
}

fn kind(text: &str) -> Result<ProfileType, Refused> {
    ProfileType::from_path(text).ok_or_else(|| Refused::unknown("profile type", text))
}

pub(crate) async fn list(State(app): State<Shared>) -> Answered {
    ok(&json!({"customers": app.read(|world| world.icims.customers.keys().cloned().collect::<Vec<_>>())}))
}

pub(crate) async fn show(State(app): State<Shared>, Path(customer): Path<String>) -> Answered {
    app.read(|world| ok(&of(world, &customer)?.settings))
}

/// Makes the customer, or replaces its settings and leaves its data.
pub(crate) async fn put(State(app): State<Shared>, Path(customer): Path<String>, bytes: Bytes) -> Answered {
    if customer.is_empty() || !customer.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refused::field("customer", "must be a number, as at iCIMS"));
    }
    let settings: CustomerSettings = body(&bytes)?;
    app.write(|world| {
        let fresh = || Customer::new(CustomerSettings::default());
        let known = world.icims.customers.get_or_insert_with(customer, fresh);
        *known.settings = settings;
        ok(&known.settings)
    })
}

pub(crate) async fn patch(State(app): State<Shared>, Path(customer): Path<String>, bytes: Bytes) -> Answered {
    let patch: Value = body(&bytes)?;
    app.write(|world| {
        let known = of_mut(world, &customer)?;
        *known.settings = patched(&*known.settings, patch)?;
        *known.push_token = None;
        ok(&known.settings)
    })
}

pub(crate) async fn delete(State(app): State<Shared>, Path(customer): Path<String>) -> Answered {
    app.write(|world| world.icims.customers.remove(&customer))
        .ok_or_else(|| Refused::unknown("customer", &customer))?;
    ok(&json!({}))
}

pub(crate) async fn nodes(State(app): State<Shared>, Path((customer, list)): Path<(String, String)>) -> Answered {
    app.read(|world| {
        let nodes = of(world, &customer)?.lists.get(&list).ok_or_else(|| Refused::unknown("list", &list))?;
        ok(&json!({"nodes": nodes}))
    })
}

/// Adds a node, or changes the text of the one with that id. `statuses` is short for the list of workflow statuses.
pub(crate) async fn add_node(
    State(app): State<Shared>,
    Path((customer, list)): Path<(String, String)>,
    bytes: Bytes,
) -> Answered {
    let node: Node = body(&bytes)?;
    let list = if list == "statuses" { STATUSES.to_owned() } else { list };
    app.write(|world| {
        let nodes = of_mut(world, &customer)?.lists.entry(list).or_default();
        nodes.retain(|n| n.id != node.id);
        nodes.push(node.clone());
        ok(&node)
    })
}

/// Adds or replaces a field, such as a customer's `field23848`.
pub(crate) async fn put_field(
    State(app): State<Shared>,
    Path((customer, kind_name, name)): Path<(String, String, String)>,
    bytes: Bytes,
) -> Answered {
    let kind = kind(&kind_name)?;
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        return Err(Refused::field("name", "a field's name has lower-case letters and digits only"));
    }
    let def: FieldDef = body(&bytes)?;
    app.write(|world| {
        let known = of_mut(world, &customer)?;
        if let Some(list) = &def.list {
            known.lists.entry(list.clone()).or_default();
        }
        known.fields.entry(kind).or_default().insert(name, def.clone());
        ok(&def)
    })
}

pub(crate) async fn profiles(
    State(app): State<Shared>,
    Path((customer, kind_name)): Path<(String, String)>,
) -> Answered {
    let kind = kind(&kind_name)?;
    app.read(|world| {
        let ids: Vec<u64> =
            of(world, &customer)?.profiles.get(&kind).into_iter().flatten().map(|(id, _)| *id).collect();
        ok(&json!({"ids": ids}))
    })
}

/// Fields as the API takes them, and `id` where a certain one is wanted.
pub(crate) async fn create_profile(
    State(app): State<Shared>,
    Path((customer, kind_name)): Path<(String, String)>,
    bytes: Bytes,
) -> Answered {
    let kind = kind(&kind_name)?;
    let mut fields: Map<String, Value> = body(&bytes)?;
    let id = match fields.remove("id") {
        None => None,
        Some(id) => Some(id.as_u64().ok_or_else(|| Refused::field("id", "must be a positive number"))?),
    };
    app.write(|world| {
        of(world, &customer)?;
        let id =
            insert(world, &customer, kind, id, &fields).map_err(|(field, message)| Refused::field(&field, message))?;
        ok(&json!({"id": id}))
    })
}

pub(crate) async fn profile(
    State(app): State<Shared>,
    Path((customer, kind_name, id)): Path<(String, String, u64)>,
) -> Answered {
    let kind = kind(&kind_name)?;
    app.read(|world| ok(of(world, &customer)?.profile(kind, id).ok_or_else(|| Refused::unknown(kind.path(), id))?))
}

/// An edit by a user of the platform: no required fields, no event.
pub(crate) async fn edit_profile(
    State(app): State<Shared>,
    Path((customer, kind_name, id)): Path<(String, String, u64)>,
    bytes: Bytes,
) -> Answered {
    let kind = kind(&kind_name)?;
    let fields: Map<String, Value> = body(&bytes)?;
    app.write(|world| {
        of(world, &customer)?.profile(kind, id).ok_or_else(|| Refused::unknown(kind.path(), id))?;
        edit(world, &customer, kind, id, &fields).map_err(|(field, message)| Refused::field(&field, message))?;
        ok(&json!({"id": id}))
    })
}

/// A purge: gone for good, and with a job its workflows (docs/vendors/icims.md §9).
pub(crate) async fn purge_profile(
    State(app): State<Shared>,
    Path((customer, kind_name, id)): Path<(String, String, u64)>,
) -> Answered {
    let kind = kind(&kind_name)?;
    app.write(|world| {
        let known = of_mut(world, &customer)?;
        let removed = known.profiles.get_mut(&kind).and_then(|all| all.remove(&id));
        removed.ok_or_else(|| Refused::unknown(kind.path(), id))?;
        let field = match kind {
            ProfileType::Jobs => "baseprofile",
            ProfileType::People => "associatedprofile",
            _ => return ok(&json!({})),
        };
        if let Some(workflows) = known.profiles.get_mut(&ProfileType::ApplicantWorkflows) {
            workflows.retain(|w| w.fields.get(field).and_then(|v| v.get("id")).and_then(Value::as_u64) != Some(id));
        }
        ok(&json!({}))
    })
}

/// A merge: the primary keeps its id and gets what it lacks, the other is renamed and left for the next purge.
pub(crate) async fn merge_people(
    State(app): State<Shared>,
    Path((customer, id)): Path<(String, u64)>,
    bytes: Bytes,
) -> Answered {
    let merge: Merge = body(&bytes)?;
    if merge.into == id {
        return Err(Refused::field("into", "a person cannot be merged into itself"));
    }
    app.write(|world| {
        let now = world.now_ms();
        let known = of_mut(world, &customer)?;
        let people = ProfileType::People;
        let other = known.profile(people, id).ok_or_else(|| Refused::unknown("person", id))?.fields.clone();
        let primary = known
            .profile_mut(people, merge.into)
            .ok_or_else(|| Refused::field("into", format!("there is no person {}", merge.into)))?;
        for (name, value) in other {
            primary.fields.entry(name).or_insert(value);
        }
        primary.updated_at_ms = now;
        let day = icims_datetime(now).split(' ').next().unwrap_or_default().to_owned();
        if let Some(person) = known.profile_mut(people, id) {
            person.fields.insert("firstname".to_owned(), json!("Merged with"));
            person.fields.insert("lastname".to_owned(), json!(format!("{} - {day}", merge.into)));
            person.fields.insert("folder".to_owned(), json!({"id": "D32099"}));
            person.updated_at_ms = now;
        }
        let folders = known.lists.entry("lists.person.folders".to_owned()).or_default();
        if !folders.iter().any(|n| n.id == "D32099") {
            folders.push(Node::new("D32099", "Purge"));
        }
        if let Some(workflows) = known.profiles.get_mut(&ProfileType::ApplicantWorkflows) {
            let person =
                |w: &Profile| w.fields.get("associatedprofile").and_then(|v| v.get("id")).and_then(Value::as_u64);
            workflows.change_all(
                |w| person(w) == Some(id),
                |w| {
                    w.fields.insert("associatedprofile".to_owned(), json!({"id": merge.into}));
                },
            );
        }
        ok(&json!({}))
    })
}

/// Ends every access token that the customer's API user holds.
pub(crate) async fn revoke_tokens(State(app): State<Shared>, Path(customer): Path<String>) -> Answered {
    let revoked = app.write(|world| {
        of(world, &customer)?;
        let valid = |t: &IssuedToken| t.customer == customer && !t.revoked;
        Ok::<_, Refused>(world.icims.tokens.change_all(valid, |t| t.revoked = true))
    })?;
    ok(&json!({"revoked": revoked}))
}

pub(crate) async fn quota(State(app): State<Shared>, Path(customer): Path<String>) -> Answered {
    app.read(|world| {
        let known = of(world, &customer)?;
        ok(&Quota { limit: known.settings.quota, used: known.quota.used })
    })
}

pub(crate) async fn set_quota(State(app): State<Shared>, Path(customer): Path<String>, bytes: Bytes) -> Answered {
    let quota: Quota = body(&bytes)?;
    app.write(|world| {
        let today = world.now_ms().div_euclid(86_400_000);
        let known = of_mut(world, &customer)?;
        known.settings.quota = quota.limit;
        known.quota.day = today;
        known.quota.used = quota.used;
        ok(&quota)
    })
}
