//! The fake iCIMS: token endpoint, Profiles, Workflows, Collections, Binary, Schema and Search APIs.

mod answer;
mod auth;
mod binary;
mod collections;
mod concurrency;
pub(crate) mod fields;
pub(crate) mod model;
mod profiles;
pub(crate) mod render;
mod router;
mod schema;
mod search;
pub(crate) mod settings;
pub(crate) mod write;

pub(crate) use answer::{decorate, fault_answer};
pub(crate) use concurrency::Place;
pub(crate) use router::router;

use serde_json::{Map, Value};

use crate::state::World;
use model::ProfileType;

/// The customer that a path names.
fn customer_in(path: &str) -> &str {
    path.strip_prefix("/customers/").and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

/// Why a profile cannot be stored: the field and a message.
type Misfit = (String, String);

fn misfit(refusal: answer::Refusal) -> Misfit {
    let complaint = refusal.complaints.into_iter().next();
    complaint.map_or_else(Misfit::default, |c| (c.field.unwrap_or_default(), c.message))
}

/// Makes a profile from fields as the API takes them.
pub(crate) fn create_profile(
    world: &mut World,
    customer: &str,
    kind: ProfileType,
    id: Option<u64>,
    fields: &Map<String, Value>,
) -> Result<u64, Misfit> {
    profiles::insert(world, customer, kind, id, fields, None).map_err(misfit)
}

/// Changes a profile as a user of the platform: no required fields, no event.
pub(crate) fn edit_profile(
    world: &mut World,
    customer: &str,
    kind: ProfileType,
    id: u64,
    fields: &Map<String, Value>,
) -> Result<(), Misfit> {
    let now = world.now_ms();
    let Some(known) = world.icims.customers.get_mut(customer) else {
        return Ok(());
    };
    let parsed = write::parse_profile(known, kind, fields).map_err(misfit)?;
    let by = known.settings.api_user_id;
    if let Some(profile) = known.profile_mut(kind, id) {
        write::apply(profile, parsed.fields, now, by);
    }
    Ok(())
}

/// Moves a workflow.
pub(crate) fn set_status(world: &mut World, customer: &str, workflow: u64, status: &str, user: u64) {
    let now = world.now_ms();
    let profile =
        world.icims.customers.get_mut(customer).and_then(|c| c.profile_mut(ProfileType::ApplicantWorkflows, workflow));
    if let Some(profile) = profile {
        let change = model::Fields::from([("status".to_owned(), serde_json::json!({"id": status}))]);
        write::apply(profile, change, now, user);
    }
}
