//! Control of the fake iCIMS: its customers and their profiles.

use serde_json::{Map, Value, json};

use super::endpoint::{
    ADD_NODE, CREATE_PROFILE, CUSTOMER, EDIT_PROFILE, Empty, MERGE_PEOPLE, PATCH_CUSTOMER, PROFILE, PURGE_PROFILE,
    PUT_CUSTOMER, PUT_FIELD, REVOKE_TOKENS, SET_QUOTA,
};
use super::merge::patched;
use super::refused::{Refused, parse_value};
use super::routes::Routes;
use super::types::{Merge, ProfileId, Quota};
use crate::app::App;
use crate::icims::delivered::STATUSES;
use crate::icims::edit;
use crate::icims::fields::{FieldDef, Node};
use crate::icims::model::{Customer, IssuedToken, Profile};
use crate::icims::profile_type::ProfileType;
use crate::icims::settings::CustomerSettings;
use crate::state::World;
use crate::state::clock::icims_datetime;

type ProfilePath = (String, ProfileType, u64);

pub(super) fn serve(routes: Routes) -> Routes {
    routes
        .on(&CUSTOMER, |app, id: String, _| app.read(|world| Ok(customer(world, &id)?.settings.clone())))
        .on(&PUT_CUSTOMER, put)
        .on(&PATCH_CUSTOMER, patch)
        .on(&ADD_NODE, add_node)
        .on(&PUT_FIELD, put_field)
        .on(&CREATE_PROFILE, create_profile)
        .on(&PROFILE, profile)
        .on(&EDIT_PROFILE, edit_profile)
        .on(&PURGE_PROFILE, purge_profile)
        .on(&MERGE_PEOPLE, merge_people)
        .on(&REVOKE_TOKENS, revoke_tokens)
        .on(&SET_QUOTA, set_quota)
}

pub(super) fn customer<'w>(world: &'w World, id: &str) -> Result<&'w Customer, Refused> {
    world.icims.customers.get(id).ok_or_else(|| Refused::unknown("customer", id))
}

fn customer_mut<'w>(world: &'w mut World, id: &str) -> Result<&'w mut Customer, Refused> {
    world.icims.customers.get_mut(id).ok_or_else(|| Refused::unknown("customer", id))
}

/// Creates the customer, or replaces its settings and leaves its data.
fn put(app: &App, id: String, settings: CustomerSettings) -> Result<CustomerSettings, Refused> {
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refused::field("customer", "must be a number, as at iCIMS"));
    }
    app.write(|world| {
        let fresh = || Customer::new(CustomerSettings::default());
        *world.icims.customers.get_or_insert_with(id, fresh).settings = settings.clone();
    });
    Ok(settings)
}

fn patch(app: &App, id: String, patch: Value) -> Result<CustomerSettings, Refused> {
    app.write(|world| {
        let known = customer_mut(world, &id)?;
        *known.settings = patched(&*known.settings, patch)?;
        *known.push_token = None;
        Ok(known.settings.clone())
    })
}

/// Adds a node, or changes the text of the one with that id. `statuses` is short for the list of workflow statuses.
fn add_node(app: &App, (id, list): (String, String), node: Node) -> Result<Node, Refused> {
    let list = if list == "statuses" { STATUSES.to_owned() } else { list };
    app.write(|world| {
        let nodes = customer_mut(world, &id)?.lists.entry(list).or_default();
        nodes.retain(|n| n.id != node.id);
        nodes.push(node.clone());
        Ok(node)
    })
}

/// Adds or replaces a field, such as a customer's `field23848`.
fn put_field(app: &App, (id, kind, name): (String, ProfileType, String), field: FieldDef) -> Result<FieldDef, Refused> {
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        return Err(Refused::field("name", "a field's name has lower-case letters and digits only"));
    }
    app.write(|world| {
        let known = customer_mut(world, &id)?;
        if let Some(list) = &field.list {
            known.lists.entry(list.clone()).or_default();
        }
        known.fields.entry(kind).or_default().insert(name, field.clone());
        Ok(field)
    })
}

fn misfit((field, message): edit::Misfit) -> Refused {
    Refused::field(&field, message)
}

/// Fields as the API takes them, and `id` where a certain one is wanted.
fn create_profile(app: &App, (name, kind): (String, ProfileType), fields: Value) -> Result<ProfileId, Refused> {
    let mut fields: Map<String, Value> = parse_value(fields)?;
    let wanted = match fields.remove("id") {
        None => None,
        Some(id) => Some(id.as_u64().ok_or_else(|| Refused::field("id", "must be a positive number"))?),
    };
    app.write(|world| {
        customer(world, &name)?;
        let id = edit::create_profile(world, &name, kind, wanted, &fields).map_err(misfit)?;
        Ok(ProfileId { id })
    })
}

fn profile(app: &App, (name, kind, id): ProfilePath, _: Empty) -> Result<Value, Refused> {
    app.read(|world| {
        let found = customer(world, &name)?.profile(kind, id).ok_or_else(|| Refused::unknown(kind.path(), id))?;
        serde_json::to_value(found).map_err(Refused::conflict)
    })
}

/// An edit by a user of the platform: no required fields, no event.
fn edit_profile(app: &App, (name, kind, id): ProfilePath, fields: Value) -> Result<ProfileId, Refused> {
    let fields: Map<String, Value> = parse_value(fields)?;
    app.write(|world| {
        customer(world, &name)?.profile(kind, id).ok_or_else(|| Refused::unknown(kind.path(), id))?;
        edit::edit_profile(world, &name, kind, id, &fields).map_err(misfit)?;
        Ok(ProfileId { id })
    })
}

/// A purge: gone for good, and with a job its workflows (docs/vendors/icims.md §9).
fn purge_profile(app: &App, (name, kind, id): ProfilePath, _: Empty) -> Result<Empty, Refused> {
    app.write(|world| {
        let known = customer_mut(world, &name)?;
        let removed = known.profiles.get_mut(&kind).and_then(|all| all.remove(&id));
        removed.ok_or_else(|| Refused::unknown(kind.path(), id))?;
        let link = match kind {
            ProfileType::Jobs => "baseprofile",
            ProfileType::People => "associatedprofile",
            _ => return Ok(Empty {}),
        };
        if let Some(workflows) = known.profiles.get_mut(&ProfileType::ApplicantWorkflows) {
            workflows.retain(|workflow| workflow.link(link) != Some(id));
        }
        Ok(Empty {})
    })
}

/// A merge: the primary keeps its id and gets what it lacks, the other is renamed and left for the next purge.
fn merge_people(app: &App, (name, id): (String, u64), merge: Merge) -> Result<Empty, Refused> {
    if merge.into == id {
        return Err(Refused::field("into", "a person cannot be merged into itself"));
    }
    let people = ProfileType::People;
    app.write(|world| {
        let now = world.now_ms();
        let known = customer_mut(world, &name)?;
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
            let relink = |workflow: &mut Profile| {
                workflow.fields.insert("associatedprofile".to_owned(), json!({"id": merge.into}));
            };
            workflows.change_all(|workflow| workflow.link("associatedprofile") == Some(id), relink);
        }
        Ok(Empty {})
    })
}

/// Ends every access token that the customer's API user holds.
fn revoke_tokens(app: &App, name: String, _: Empty) -> Result<Empty, Refused> {
    app.write(|world| {
        customer(world, &name)?;
        let valid = |t: &IssuedToken| t.customer == name && !t.revoked;
        world.icims.tokens.change_all(valid, |t| t.revoked = true);
        Ok(Empty {})
    })
}

fn set_quota(app: &App, name: String, quota: Quota) -> Result<Quota, Refused> {
    app.write(|world| {
        let today = world.now_ms().div_euclid(86_400_000);
        let known = customer_mut(world, &name)?;
        known.settings.quota = quota.limit;
        known.quota.day = today;
        known.quota.used = quota.used;
        Ok(quota)
    })
}
