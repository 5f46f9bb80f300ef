//! The fake Crosschq: both profiles of the Partner API on one store, reports, and callbacks.

mod actions;
mod answer;
pub(crate) mod callbacks;
pub(crate) mod clockwork;
mod create;
mod extract;
pub(crate) mod lifecycle;
pub(crate) mod model;
mod order;
mod pdf;
mod read;
pub(crate) mod render;
mod reports;
pub(crate) mod request_state;
mod router;
pub(crate) mod settings;
pub(crate) mod steps;
pub(crate) mod survey;
mod timers;

pub(crate) use answer::error_response;
pub(crate) use router::router;

use crate::app::App;
use crate::state::World;
use model::Crosschq;
use render::Links;

/// Reads an organization together with what links are made of.
pub(crate) fn read_org<T>(
    app: &App,
    world: &World,
    org: &str,
    read: impl FnOnce(&model::Org, Links<'_>) -> T,
) -> Option<T> {
    let links = Links { url: &app.crosschq_url, key: &world.crosschq.link_key, now_ms: world.now_ms() };
    world.crosschq.orgs.get(org).map(|org| read(org, links))
}

/// Runs `change` on an organization together with what links are made of.
pub(crate) fn change_org<T>(
    app: &App,
    world: &mut World,
    org: &str,
    change: impl FnOnce(&mut model::Org, Links<'_>) -> T,
) -> Option<T> {
    let now_ms = world.now_ms();
    let Crosschq { orgs, link_key } = &mut world.crosschq;
    let links = Links { url: &app.crosschq_url, key: link_key, now_ms };
    orgs.get_mut(org).map(|org| change(org, links))
}
