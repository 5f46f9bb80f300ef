//! Control of what both fakes share: the clock, faults, the logs of calls, the state as a whole.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use bytes::Bytes;
use serde_json::json;

use super::answer::{Answered, Refused, body, ok};
use super::types::{ClockChange, ClockReading, RequestCount};
use crate::app::Shared;
use crate::crosschq::clockwork;
use crate::faults::{Fault, Faults};
use crate::requests::RequestLog;
use crate::state::World;
use crate::state::clock::rfc3339;
use crate::world::{self, DemoOptions};

pub(crate) async fn summary(State(app): State<Shared>) -> Answered {
    ok(&app.read(|world| {
        json!({
            "icims_url": app.icims_url,
            "crosschq_url": app.crosschq_url,
            "now": rfc3339(world.now_ms()),
            "customers": world.icims.customers.keys().collect::<Vec<_>>(),
            "orgs": world.crosschq.orgs.keys().collect::<Vec<_>>(),
        })
    }))
}

/// Everything, for debugging; its shape is not promised.
pub(crate) async fn state(State(app): State<Shared>) -> Answered {
    app.read(ok)
}

pub(crate) async fn reset(State(app): State<Shared>) -> Answered {
    app.write(|world| *world = World::default());
    app.icims_requests.clear();
    app.crosschq_requests.clear();
    ok(&json!({}))
}

pub(crate) async fn demo(State(app): State<Shared>, bytes: Bytes) -> Answered {
    let options: DemoOptions = body(&bytes)?;
    ok(&app.write(|world| world::build(world, &options)))
}

fn reading(world: &World) -> ClockReading {
    ClockReading { now_ms: world.now_ms(), now: rfc3339(world.now_ms()), frozen: world.clock.frozen_at_ms.is_some() }
}

pub(crate) async fn clock(State(app): State<Shared>) -> Answered {
    ok(&app.read(reading))
}

pub(crate) async fn set_clock(State(app): State<Shared>, bytes: Bytes) -> Answered {
    let change: ClockChange = body(&bytes)?;
    if change.advance_ms < 0 {
        return Err(Refused::field("advance_ms", "time goes forward only"));
    }
    app.write(|world| {
        match change.freeze {
            Some(true) => world.clock.frozen_at_ms = Some(world.now_ms()),
            Some(false) => {
                let now = world.now_ms();
                world.clock.frozen_at_ms = None;
                world.clock.offset_ms = now - crate::state::clock::machine_now_ms();
            }
            None => {}
        }
        world.clock.advance(change.advance_ms);
    });
    clockwork::tick(&app);
    ok(&app.read(reading))
}

/// To change them.
fn faults_of<'w>(world: &'w mut World, vendor: &str) -> Result<&'w mut Faults, Refused> {
    match vendor {
        "icims" => Ok(&mut world.icims_faults),
        "crosschq" => Ok(&mut world.crosschq_faults),
        other => Err(Refused::unknown("vendor", other)),
    }
}

pub(crate) async fn faults(State(app): State<Shared>, Path(vendor): Path<String>) -> Answered {
    app.read(|world| match vendor.as_str() {
        "icims" => ok(&json!({"faults": world.icims_faults.rules})),
        "crosschq" => ok(&json!({"faults": world.crosschq_faults.rules})),
        other => Err(Refused::unknown("vendor", other)),
    })
}

pub(crate) async fn add_fault(State(app): State<Shared>, Path(vendor): Path<String>, bytes: Bytes) -> Answered {
    let fault: Fault = body(&bytes)?;
    if let crate::faults::FaultKind::Status { status, .. } = &fault.fault
        && !(400..600).contains(status)
    {
        return Err(Refused::field("fault.status", "must be between 400 and 599"));
    }
    let added = app.write(|world| faults_of(world, &vendor).map(|faults| faults.add(fault)))?;
    ok(&added)
}

pub(crate) async fn clear_faults(State(app): State<Shared>, Path(vendor): Path<String>) -> Answered {
    app.write(|world| faults_of(world, &vendor).map(|faults| faults.rules.clear()))?;
    ok(&json!({}))
}

pub(crate) async fn remove_fault(State(app): State<Shared>, Path((vendor, id)): Path<(String, u64)>) -> Answered {
    let removed = app.write(|world| {
        let rules = &mut faults_of(world, &vendor)?.rules;
        let at = rules.iter().position(|f| f.id == id).ok_or_else(|| Refused::unknown("fault", id))?;
        Ok(rules.remove(at))
    })?;
    ok(&removed)
}

fn log_of<'a>(app: &'a Shared, vendor: &str) -> Result<&'a RequestLog, Refused> {
    match vendor {
        "icims" => Ok(&app.icims_requests),
        "crosschq" => Ok(&app.crosschq_requests),
        other => Err(Refused::unknown("vendor", other)),
    }
}

pub(crate) async fn requests(
    State(app): State<Shared>,
    Path(vendor): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Answered {
    let text = |key: &str| query.get(key).map(String::as_str);
    if let Some(unknown) = query.keys().find(|k| !["method", "path"].contains(&k.as_str())) {
        return Err(Refused::field(unknown, "only method and path can be asked for"));
    }
    let (requests, peak_in_flight) = log_of(&app, &vendor)?.matching(text("method"), text("path"));
    ok(&RequestCount { count: requests.len(), peak_in_flight, requests })
}

pub(crate) async fn clear_requests(State(app): State<Shared>, Path(vendor): Path<String>) -> Answered {
    log_of(&app, &vendor)?.clear();
    ok(&json!({}))
}
