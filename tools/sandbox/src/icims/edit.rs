//! Changes that users of the platform make: without the checks of the API, and without events.

use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::model::Fields;
use super::profile_type::ProfileType;
use super::{profiles, write};
use crate::state::World;

/// Why a profile cannot be stored: the field and a message.
pub(crate) type Misfit = (String, String);

fn misfit(refusal: Refusal) -> Misfit {
    let error = refusal.errors.into_iter().next();
    error.map_or_else(Misfit::default, |c| (c.field.unwrap_or_default(), c.message))
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
        let change = Fields::from([("status".to_owned(), json!({"id": status}))]);
        write::apply(profile, change, now, user);
    }
}
