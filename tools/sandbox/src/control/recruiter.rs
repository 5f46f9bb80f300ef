//! What recruiters do at the fake iCIMS, and what they see.

use super::endpoint::{ADVANCE, PUSH_EVENT, PUSH_STATUS, PUSHES, RECRUITER_VIEW};
use super::icims::customer;
use super::refused::Refused;
use super::routes::Routes;
use super::types::{Advance, Advanced, AnyEvent, StatusPush};
use super::view;
use crate::app::Shared;
use crate::icims::delivered::STATUSES;
use crate::icims::edit::set_status;
use crate::icims::model::Customer;
use crate::icims::profile_type::ProfileType;
use crate::icims::render::Base;
use crate::push::record::PushRecord;
use crate::push::{self, event};
use crate::state::World;

type WorkflowPath = (String, u64);

pub(super) fn serve(routes: Routes) -> Routes {
    routes
        .on(&RECRUITER_VIEW, |app, (name, id): WorkflowPath, _| {
            let view = app.read(|world| Ok(view::recruiter(customer(world, &name)?, id)))?;
            view.ok_or_else(|| Refused::unknown("workflow", id))
        })
        .on(&PUSHES, |app, name: String, _| {
            app.read(|world| Ok(customer(world, &name)?.pushes.values().cloned().collect()))
        })
        .on_async(&ADVANCE, advance)
        .on_async(&PUSH_STATUS, push_status)
        .on_async(&PUSH_EVENT, push_event)
}

fn status_id(customer: &Customer, text: &str) -> Result<String, Refused> {
    let node = customer.find_node(STATUSES, text);
    node.map(|n| n.id.clone()).ok_or_else(|| Refused::field("status", format!("the customer has no status {text}")))
}

/// Who acts when the caller names nobody: the job's recruiter, else the API user.
fn acting_user(customer: &Customer, workflow: u64) -> u64 {
    let job = customer.link_of(ProfileType::ApplicantWorkflows, workflow, "baseprofile");
    job.and_then(|job| customer.link_of(ProfileType::Jobs, job, "recruiter")).unwrap_or(customer.settings.api_user_id)
}

struct Move {
    old: String,
    new: String,
    user: u64,
}

fn move_workflow(world: &mut World, name: &str, workflow: u64, advance: &Advance) -> Result<Move, Refused> {
    let known = customer(world, name)?;
    let new = status_id(known, &advance.status)?;
    known.profile(ProfileType::ApplicantWorkflows, workflow).ok_or_else(|| Refused::unknown("workflow", workflow))?;
    let old = known.status_of(workflow).unwrap_or_default().to_owned();
    let user = advance.user.unwrap_or_else(|| acting_user(known, workflow));
    set_status(world, name, workflow, &new, user);
    Ok(Move { old, new, user })
}

async fn advance(app: Shared, (name, workflow): WorkflowPath, advance: Advance) -> Result<Advanced, Refused> {
    let Move { old, new, user } = app.write(|world| move_workflow(world, &name, workflow, &advance))?;
    let pushes = push::status_changed(&app, &name, workflow, &old, &new, user).await;
    let refused = pushes.first().is_some_and(|p| p.status.is_some_and(|s| (400..500).contains(&s)));
    let status = app.write(|world| {
        let reverts = customer(world, &name).is_ok_and(|c| c.settings.refusal_reverts_status);
        if !(refused && reverts) || old.is_empty() {
            return new;
        }
        set_status(world, &name, workflow, &old, user);
        old.clone()
    });
    Ok(Advanced { workflow, old_status: old, status, pushes })
}

/// A status event without a move.
async fn push_status(app: Shared, (name, id): WorkflowPath, push: StatusPush) -> Result<Vec<PushRecord>, Refused> {
    let event = app.read(|world| {
        let known = customer(world, &name)?;
        known.profile(ProfileType::ApplicantWorkflows, id).ok_or_else(|| Refused::unknown("workflow", id))?;
        let status = |text: Option<&String>| text.map(|text| status_id(known, text)).transpose();
        let new = status(push.new_status.as_ref())?;
        let new = new.as_deref().or_else(|| known.status_of(id)).unwrap_or_default();
        let old = status(push.old_status.as_ref())?.unwrap_or_else(|| "D10100".to_owned());
        let user = push.user.unwrap_or_else(|| acting_user(known, id));
        let base = Base { url: &app.icims_url, customer: &name };
        Ok(event::status_change(known, base, id, &old, new, user))
    })?;
    Ok(push::send(&app, &name, event).await)
}

/// An event of any other type.
async fn push_event(app: Shared, name: String, event: AnyEvent) -> Result<Vec<PushRecord>, Refused> {
    app.read(|world| customer(world, &name).map(|_| ()))?;
    Ok(push::send(&app, &name, event::other(&name, &event.event_type, &event.body)).await)
}
