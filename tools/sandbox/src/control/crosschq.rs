//! Control of the fake Crosschq: its organizations, the life of requests, callbacks and messages.

use serde_json::Value;

use super::endpoint::{
    CALLBACKS, Empty, MESSAGES, ORG, PATCH_ORG, PUT_ORG, RELEASE, REQUEST, REQUESTS, SEND_AGAIN, SEND_RAW, TAKE_STEP,
};
use super::merge::patched;
use super::refused::Refused;
use super::routes::Routes;
use super::types::{Release, RequestView};
use crate::app::{App, Shared};
use crate::crosschq::callbacks;
use crate::crosschq::model::{CallbackRecord, Org, Request};
use crate::crosschq::render::{self, Links};
use crate::crosschq::settings::OrgSettings;
use crate::crosschq::steps::Step;
use crate::crosschq::{change_org, lifecycle, read_org};
use crate::state::World;

pub(super) fn serve(routes: Routes) -> Routes {
    routes
        .on(&ORG, |app, name: String, _| app.read(|world| Ok(org(world, &name)?.settings.clone())))
        .on(&PUT_ORG, put)
        .on(&PATCH_ORG, patch)
        .on(&REQUESTS, requests)
        .on(&REQUEST, request)
        .on(&TAKE_STEP, take_step)
        .on(&CALLBACKS, |app, name: String, _| {
            app.read(|world| Ok(org(world, &name)?.callbacks.values().cloned().collect()))
        })
        .on(&RELEASE, release)
        .on_async(&SEND_AGAIN, send_again)
        .on_async(&SEND_RAW, send_raw)
        .on(&MESSAGES, |app, name: String, _| {
            app.read(|world| Ok(org(world, &name)?.messages.values().cloned().collect()))
        })
}

fn unknown_org(name: &str) -> Refused {
    Refused::unknown("organization", name)
}

fn org<'w>(world: &'w World, name: &str) -> Result<&'w Org, Refused> {
    world.crosschq.orgs.get(name).ok_or_else(|| unknown_org(name))
}

fn org_mut<'w>(world: &'w mut World, name: &str) -> Result<&'w mut Org, Refused> {
    world.crosschq.orgs.get_mut(name).ok_or_else(|| unknown_org(name))
}

/// Creates the organization, or replaces its settings and leaves its data.
fn put(app: &App, name: String, settings: OrgSettings) -> Result<OrgSettings, Refused> {
    app.write(|world| {
        world.crosschq.ensure_link_key();
        *world.crosschq.orgs.get_or_insert_with(name, Org::default).settings = settings.clone();
    });
    Ok(settings)
}

fn patch(app: &App, name: String, patch: Value) -> Result<OrgSettings, Refused> {
    app.write(|world| {
        let known = org_mut(world, &name)?;
        *known.settings = patched(&*known.settings, patch)?;
        Ok(known.settings.clone())
    })
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
        response: render::state(org, request, links),
    }
}

fn requests(app: &App, name: String, _: Empty) -> Result<Vec<RequestView>, Refused> {
    let views = app.read(|world| {
        read_org(app, world, &name, |org, links| {
            let mut all: Vec<&Request> = org.requests.values().collect();
            all.sort_by_key(|r| r.number);
            all.into_iter().map(|r| view(&name, org, r, links)).collect()
        })
    });
    views.ok_or_else(|| unknown_org(&name))
}

fn view_of(name: &str, org: &Org, id: &str, links: Links<'_>) -> Result<RequestView, Refused> {
    org.requests.get(id).map(|r| view(name, org, r, links)).ok_or_else(|| Refused::unknown("request", id))
}

fn request(app: &App, id: String, _: Empty) -> Result<RequestView, Refused> {
    app.read(|world| {
        let name = world.crosschq.org_of(&id).ok_or_else(|| Refused::unknown("request", &id))?;
        read_org(app, world, name, |org, links| view_of(name, org, &id, links)).ok_or_else(|| unknown_org(name))?
    })
}

fn take_step(app: &App, id: String, step: Step) -> Result<RequestView, Refused> {
    app.write(|world| {
        let name = world.crosschq.org_of(&id).map(str::to_owned).ok_or_else(|| Refused::unknown("request", &id))?;
        let taken = change_org(app, world, &name, |org, links| {
            lifecycle::take(org, links, &id, step).map_err(Refused::conflict)?;
            view_of(&name, org, &id, links)
        });
        taken.ok_or_else(|| unknown_org(&name))?
    })
}

fn release(app: &App, name: String, release: Release) -> Result<Vec<u64>, Refused> {
    app.write(|world| {
        let known = org_mut(world, &name)?;
        let held: Vec<u64> = known.callbacks.values().filter(|c| c.held && !c.done).map(|c| c.number).collect();
        let mut numbers = release.numbers.unwrap_or_else(|| held.clone());
        if let Some(wrong) = numbers.iter().find(|n| !held.contains(n)) {
            return Err(Refused::field("numbers", format!("callback {wrong} is not held")));
        }
        if release.reverse {
            numbers.reverse();
        }
        callbacks::release(known, &numbers);
        Ok(numbers)
    })
}

fn callback(app: &App, name: &str, number: u64) -> Result<CallbackRecord, Refused> {
    app.read(|world| {
        let found = org(world, name)?.callbacks.get(&number).cloned();
        found.ok_or_else(|| Refused::unknown("callback", number))
    })
}

/// Sends a callback once more, now, with the body it had.
async fn send_again(app: Shared, (name, number): (String, u64), _: Empty) -> Result<CallbackRecord, Refused> {
    callback(&app, &name, number)?;
    callbacks::deliver(&app, &name, number).await;
    callback(&app, &name, number)
}

/// Sends a body of the caller's own making, signed as the organization's callbacks are.
async fn send_raw(app: Shared, name: String, body: Value) -> Result<CallbackRecord, Refused> {
    let number = app.write(|world| {
        let now = world.now_ms();
        let known = org_mut(world, &name)?;
        if known.settings.callback.url.is_none() {
            return Err(Refused::field("callback.url", "the organization has no callback address"));
        }
        Ok(callbacks::add_raw(known, now, body))
    })?;
    callbacks::deliver(&app, &name, number).await;
    callback(&app, &name, number)
}
