//! What recruiters do at the fake iCIMS, and what they see.

use axum::extract::{Path, State};
use bytes::Bytes;
use serde_json::json;

use super::answer::{Answered, Refused, body, ok};
use super::icims::{of, of_mut};
use super::types::{Advance, AdvanceMany, Advanced, AnyEvent, StatusPush};
use super::view;
use crate::app::App;
use crate::app::Shared;
use crate::icims::delivered::STATUSES;
use crate::icims::model::Customer;
use crate::icims::profile_type::ProfileType;
use crate::icims::render::Base;
use crate::push::{self, event};
use crate::state::World;

fn status_id(customer: &Customer, text: &str) -> Result<String, Refused> {
    let node = customer.find_node(STATUSES, text);
    node.map(|n| n.id.clone()).ok_or_else(|| Refused::field("status", format!("the customer has no status {text}")))
}

pub(crate) async fn view(State(app): State<Shared>, Path((customer, id)): Path<(String, u64)>) -> Answered {
    app.read(|world| ok(&view::recruiter(of(world, &customer)?, id).ok_or_else(|| Refused::unknown("workflow", id))?))
}

/// Who acts when the caller does not say: the job's recruiter, else the API user.
fn acting_user(customer: &Customer, workflow: u64) -> u64 {
    let job = customer.link_of(ProfileType::ApplicantWorkflows, workflow, "baseprofile");
    job.and_then(|job| customer.link_of(ProfileType::Jobs, job, "recruiter")).unwrap_or(customer.settings.api_user_id)
}

/// Moves the workflow and tells who moved it from where.
fn move_to(
    world: &mut World,
    customer: &str,
    workflow: u64,
    status: &str,
    user: Option<u64>,
) -> Result<(String, String, u64), Refused> {
    let known = of(world, customer)?;
    let new = status_id(known, status)?;
    known.profile(ProfileType::ApplicantWorkflows, workflow).ok_or_else(|| Refused::unknown("workflow", workflow))?;
    let old = known.status_of(workflow).unwrap_or_default().to_owned();
    let user = user.unwrap_or_else(|| acting_user(known, workflow));
    crate::icims::edit::set_status(world, customer, workflow, &new, user);
    Ok((old, new, user))
}

async fn advance_one(
    app: &App,
    customer: &str,
    workflow: u64,
    status: &str,
    user: Option<u64>,
) -> Result<Advanced, Refused> {
    let (old, new, user) = app.write(|world| move_to(world, customer, workflow, status, user))?;
    let pushes = push::status_changed(app, customer, workflow, &old, &new, user).await;
    let refused = pushes.first().is_some_and(|p| p.status.is_some_and(|s| (400..500).contains(&s)));
    let status = app.write(|world| {
        let reverts = of(world, customer).is_ok_and(|c| c.settings.refusal_reverts_status);
        if refused && reverts && !old.is_empty() {
            crate::icims::edit::set_status(world, customer, workflow, &old, user);
            old.clone()
        } else {
            new
        }
    });
    Ok(Advanced { workflow, old_status: old, status, pushes })
}

pub(crate) async fn advance(
    State(app): State<Shared>,
    Path((customer, id)): Path<(String, u64)>,
    bytes: Bytes,
) -> Answered {
    let advance: Advance = body(&bytes)?;
    ok(&advance_one(&app, &customer, id, &advance.status, advance.user).await?)
}

pub(crate) async fn advance_many(State(app): State<Shared>, Path(customer): Path<String>, bytes: Bytes) -> Answered {
    let many: AdvanceMany = body(&bytes)?;
    let moves = many.workflows.iter().map(|id| advance_one(&app, &customer, *id, &many.status, many.user));
    let done: Result<Vec<Advanced>, Refused> = futures_util::future::join_all(moves).await.into_iter().collect();
    ok(&done?)
}

/// A status event without a move.
pub(crate) async fn push_status(
    State(app): State<Shared>,
    Path((customer, id)): Path<(String, u64)>,
    bytes: Bytes,
) -> Answered {
    let asked: StatusPush = body(&bytes)?;
    let event = app.read(|world| {
        let known = of(world, &customer)?;
        known.profile(ProfileType::ApplicantWorkflows, id).ok_or_else(|| Refused::unknown("workflow", id))?;
        let status = |text: Option<&String>| text.map(|text| status_id(known, text)).transpose();
        let new =
            status(asked.new_status.as_ref())?.unwrap_or_else(|| known.status_of(id).unwrap_or_default().to_owned());
        let old = status(asked.old_status.as_ref())?.unwrap_or_else(|| "D10100".to_owned());
        let user = asked.user.unwrap_or_else(|| acting_user(known, id));
        Ok::<_, Refused>(event::status_change(
            known,
            Base { url: &app.icims_url, customer: &customer },
            id,
            &old,
            &new,
            user,
        ))
    })?;
    ok(&push::send(&app, &customer, event).await)
}

/// An event of any other type.
pub(crate) async fn push_event(State(app): State<Shared>, Path(customer): Path<String>, bytes: Bytes) -> Answered {
    let asked: AnyEvent = body(&bytes)?;
    app.read(|world| of(world, &customer).map(|_| ()))?;
    ok(&push::send(&app, &customer, event::other(&customer, &asked.event_type, &asked.body)).await)
}

pub(crate) async fn pushes(State(app): State<Shared>, Path(customer): Path<String>) -> Answered {
    app.read(|world| ok(&json!({"pushes": of(world, &customer)?.pushes})))
}

pub(crate) async fn clear_pushes(State(app): State<Shared>, Path(customer): Path<String>) -> Answered {
    app.write(|world| of_mut(world, &customer).map(|c| c.pushes.clear()))?;
    ok(&json!({}))
}
