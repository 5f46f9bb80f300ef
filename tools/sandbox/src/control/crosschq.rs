//! Control of the fake Crosschq: its organisations, the life of requests, callbacks and messages.

use axum::extract::{Path, State};
use bytes::Bytes;
use serde_json::{Value, json};

use super::answer::{Answered, Refused, body, ok, patched};
use super::types::{Release, RequestView};
use crate::app::Shared;
use crate::crosschq::lifecycle;
use crate::crosschq::model::{Org, Request};
use crate::crosschq::render::{self, Links};
use crate::crosschq::settings::OrgSettings;
use crate::crosschq::steps::Step;
use crate::crosschq::{callbacks as sending, change_org, read_org};
use crate::state::World;

fn of<'w>(world: &'w World, org: &str) -> Result<&'w Org, Refused> {
    world.crosschq.orgs.get(org).ok_or_else(|| Refused::unknown("organisation", org))
}

fn of_mut<'w>(world: &'w mut World, org: &str) -> Result<&'w mut Org, Refused> {
    world.crosschq.orgs.get_mut(org).ok_or_else(|| Refused::unknown("organisation", org))
}

pub(crate) async fn list(State(app): State<Shared>) -> Answered {
    ok(&json!({"orgs": app.read(|world| world.crosschq.orgs.keys().cloned().collect::<Vec<_>>())}))
}

pub(crate) async fn show(State(app): State<Shared>, Path(org): Path<String>) -> Answered {
    app.read(|world| ok(&of(world, &org)?.settings))
}

/// Makes the organisation, or replaces its settings and leaves its data.
pub(crate) async fn put(State(app): State<Shared>, Path(org): Path<String>, bytes: Bytes) -> Answered {
    let settings: OrgSettings = body(&bytes)?;
    app.write(|world| {
        world.crosschq.ensure_link_key();
        let known = world.crosschq.orgs.get_or_insert_with(org, Org::default);
        *known.settings = settings;
        ok(&known.settings)
    })
}

pub(crate) async fn patch(State(app): State<Shared>, Path(org): Path<String>, bytes: Bytes) -> Answered {
    let patch: Value = body(&bytes)?;
    app.write(|world| {
        let known = of_mut(world, &org)?;
        *known.settings = patched(&*known.settings, patch)?;
        ok(&known.settings)
    })
}

pub(crate) async fn delete(State(app): State<Shared>, Path(org): Path<String>) -> Answered {
    app.write(|world| world.crosschq.orgs.remove(&org)).ok_or_else(|| Refused::unknown("organisation", &org))?;
    ok(&json!({}))
}

fn view(name: &str, org: &Org, request: &Request, links: Links<'_>) -> RequestView {
    RequestView {
        org: name.to_owned(),
        id: request.id.clone(),
        number: request.number,
        state: request.state,
        past_due: request.past_due,
        external_id: request.external_id().map(str::to_owned),
        candidate_email: request.candidate("email").unwrap_or_default().to_owned(),
        jobrole: request.jobrole.clone(),
        cancel_reason: request.cancel_reason.clone(),
        order: Value::Object(request.order.clone()),
        told: render::state(org, request, links),
    }
}

pub(crate) async fn requests(State(app): State<Shared>, Path(name): Path<String>) -> Answered {
    let views = app.read(|world| {
        read_org(&app, world, &name, |org, links| {
            let mut all: Vec<&Request> = org.requests.values().collect();
            all.sort_by_key(|r| r.number);
            all.into_iter().map(|r| view(&name, org, r, links)).collect::<Vec<_>>()
        })
    });
    ok(&json!({"requests": views.ok_or_else(|| Refused::unknown("organisation", &name))?}))
}

/// Runs a change on the organisation that has the request.
fn on_request<T>(
    app: &Shared,
    id: &str,
    act: impl FnOnce(&str, &mut Org, Links<'_>) -> Result<T, Refused>,
) -> Result<T, Refused> {
    app.write(|world| {
        let name = world.crosschq.org_of(id).map(str::to_owned).ok_or_else(|| Refused::unknown("request", id))?;
        change_org(app, world, &name, |org, links| act(&name, org, links))
            .ok_or_else(|| Refused::unknown("organisation", &name))?
    })
}

fn present(name: &str, org: &Org, id: &str, links: Links<'_>) -> Result<RequestView, Refused> {
    org.requests.get(id).map(|r| view(name, org, r, links)).ok_or_else(|| Refused::unknown("request", id))
}

pub(crate) async fn request(State(app): State<Shared>, Path(id): Path<String>) -> Answered {
    ok(&app.read(|world| {
        let name = world.crosschq.org_of(&id).ok_or_else(|| Refused::unknown("request", &id))?;
        read_org(&app, world, name, |org, links| present(name, org, &id, links))
            .ok_or_else(|| Refused::unknown("organisation", name))?
    })?)
}

pub(crate) async fn step(State(app): State<Shared>, Path(id): Path<String>, bytes: Bytes) -> Answered {
    let step: Step = body(&bytes)?;
    ok(&on_request(&app, &id, |name, org, links| {
        lifecycle::take(org, links, &id, step).map_err(Refused::conflict)?;
        present(name, org, &id, links)
    })?)
}

pub(crate) async fn callbacks(State(app): State<Shared>, Path(org): Path<String>) -> Answered {
    app.read(|world| ok(&json!({"callbacks": of(world, &org)?.callbacks})))
}

pub(crate) async fn clear_callbacks(State(app): State<Shared>, Path(org): Path<String>) -> Answered {
    app.write(|world| of_mut(world, &org).map(|o| o.callbacks.clear()))?;
    ok(&json!({}))
}

pub(crate) async fn release(State(app): State<Shared>, Path(org): Path<String>, bytes: Bytes) -> Answered {
    let asked: Release = body(&bytes)?;
    let released = app.write(|world| {
        let known = of_mut(world, &org)?;
        let held: Vec<u64> = known.callbacks.iter().filter(|c| c.held && !c.done).map(|c| c.number).collect();
        let mut numbers = asked.numbers.unwrap_or_else(|| held.clone());
        if let Some(wrong) = numbers.iter().find(|n| !held.contains(n)) {
            return Err(Refused::field("numbers", format!("callback {wrong} is not held")));
        }
        if asked.reverse {
            numbers.reverse();
        }
        sending::release(known, &numbers);
        Ok(numbers)
    })?;
    ok(&json!({"released": released}))
}

/// Sends a callback once more, now, with the body it had.
pub(crate) async fn send_again(State(app): State<Shared>, Path((org, number)): Path<(String, u64)>) -> Answered {
    app.read(|world| {
        let found = of(world, &org)?.callbacks.iter().any(|c| c.number == number);
        if found { Ok(()) } else { Err(Refused::unknown("callback", number)) }
    })?;
    sending::deliver(&app, &org, number).await;
    app.read(|world| ok(&of(world, &org)?.callbacks.iter().find(|c| c.number == number)))
}

/// Sends a body of the caller's own making, signed as the organisation's callbacks are.
pub(crate) async fn send_raw(State(app): State<Shared>, Path(org): Path<String>, bytes: Bytes) -> Answered {
    let given: Value = body(&bytes)?;
    let number = app.write(|world| {
        let now = world.now_ms();
        let known = of_mut(world, &org)?;
        if known.settings.callback.url.is_none() {
            return Err(Refused::field("callback.url", "the organisation has no callback address"));
        }
        Ok(sending::add_raw(known, now, given))
    })?;
    sending::deliver(&app, &org, number).await;
    app.read(|world| ok(&of(world, &org)?.callbacks.iter().find(|c| c.number == number)))
}

pub(crate) async fn messages(State(app): State<Shared>, Path(org): Path<String>) -> Answered {
    app.read(|world| ok(&json!({"messages": of(world, &org)?.messages})))
}
