//! Control of what both fakes share: the clock, faults, the logs of calls, the state as a whole.

use super::endpoint::{
    ADD_FAULT, CALLS, CLEAR_CALLS, CLEAR_FAULTS, CLOCK, DEMO, Empty, FAULTS, REMOVE_FAULT, RESET, SET_CLOCK, STATE,
    SUMMARY,
};
use super::refused::Refused;
use super::routes::Routes;
use super::types::{CallFilter, Calls, ClockChange, ClockReading, Summary};
use crate::app::App;
use crate::crosschq::clockwork;
use crate::faults::{Fault, FaultKind};
use crate::state::World;
use crate::state::clock::{machine_now_ms, rfc3339};
use crate::vendor::Vendor;
use crate::world::{self, DemoOptions};

pub(super) fn serve(routes: Routes) -> Routes {
    routes
        .on(&SUMMARY, |app, (), _| Ok(app.read(|world| summary(app, world))))
        .on(&STATE, |app, (), _| app.read(|world| serde_json::to_value(world)).map_err(Refused::conflict))
        .on(&RESET, |app, (), _| Ok(reset(app)))
        .on(&DEMO, |app, (), options: DemoOptions| Ok(app.write(|world| world::build(world, &options))))
        .on(&CLOCK, |app, (), _| Ok(app.read(reading)))
        .on(&SET_CLOCK, |app, (), change| set_clock(app, &change))
        .on(&FAULTS, |app, vendor: Vendor, _| Ok(app.read(|world| world.faults.of(vendor).rules.clone())))
        .on(&ADD_FAULT, add_fault)
        .on(&CLEAR_FAULTS, |app, vendor: Vendor, _| {
            app.write(|world| world.faults.of_mut(vendor).rules.clear());
            Ok(Empty {})
        })
        .on(&REMOVE_FAULT, remove_fault)
        .on(&CALLS, |app, vendor: Vendor, filter| Ok(calls(app, vendor, &filter)))
        .on(&CLEAR_CALLS, |app, vendor: Vendor, _| {
            app.requests.of(vendor).clear();
            Ok(Empty {})
        })
}

fn summary(app: &App, world: &World) -> Summary {
    Summary {
        icims_url: app.icims_url.clone(),
        crosschq_url: app.crosschq_url.clone(),
        now: rfc3339(world.now_ms()),
        customers: world.icims.customers.keys().cloned().collect(),
        orgs: world.crosschq.orgs.keys().cloned().collect(),
    }
}

fn reset(app: &App) -> Empty {
    app.write(|world| *world = World::default());
    app.requests.of(Vendor::Icims).clear();
    app.requests.of(Vendor::Crosschq).clear();
    Empty {}
}

fn reading(world: &World) -> ClockReading {
    ClockReading { now_ms: world.now_ms(), now: rfc3339(world.now_ms()), frozen: world.clock.frozen_at_ms.is_some() }
}

fn set_clock(app: &App, change: &ClockChange) -> Result<ClockReading, Refused> {
    if change.advance_ms < 0 {
        return Err(Refused::field("advance_ms", "time goes forward only"));
    }
    app.write(|world| {
        let now = world.now_ms();
        match change.freeze {
            Some(true) => world.clock.frozen_at_ms = Some(now),
            Some(false) => {
                world.clock.frozen_at_ms = None;
                world.clock.offset_ms = now - machine_now_ms();
            }
            None => {}
        }
        world.clock.advance(change.advance_ms);
    });
    clockwork::tick(app);
    Ok(app.read(reading))
}

fn add_fault(app: &App, vendor: Vendor, fault: Fault) -> Result<Fault, Refused> {
    if matches!(fault.fault, FaultKind::Status { status, .. } if !(400..600).contains(&status)) {
        return Err(Refused::field("fault.status", "must be between 400 and 599"));
    }
    Ok(app.write(|world| world.faults.of_mut(vendor).add(fault)))
}

fn remove_fault(app: &App, (vendor, id): (Vendor, u64), _: Empty) -> Result<Fault, Refused> {
    app.write(|world| {
        let rules = &mut world.faults.of_mut(vendor).rules;
        let at = rules.iter().position(|f| f.id == id).ok_or_else(|| Refused::unknown("fault", id))?;
        Ok(rules.remove(at))
    })
}

fn calls(app: &App, vendor: Vendor, filter: &CallFilter) -> Calls {
    let (requests, peak_in_flight) = app.requests.of(vendor).matching(filter.method.as_deref(), filter.path.as_deref());
    Calls { count: requests.len(), peak_in_flight, requests }
}
