//! The task that lets time pass at the fake Crosschq and sends the callbacks that are due.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::task::JoinSet;

use super::callbacks::deliver;
use super::model::Org;
use super::{change_org, timers};
use crate::app::{App, Shared};

/// The longest sleep of the sending task; time alone may have made something due after it.
const LONGEST_SLEEP: Duration = Duration::from_millis(1000);

/// Sends what is due, one callback at a time per organization, until the sandbox ends.
pub(crate) async fn run(app: Shared) {
    let mut busy: BTreeSet<String> = BTreeSet::new();
    let mut sending: JoinSet<String> = JoinSet::new();
    loop {
        tick(&app);
        let due = app.read(|world| {
            let now = world.now_ms();
            let next = |org: &Org| {
                org.callbacks
                    .values()
                    .filter(|c| !c.done && !c.held && c.due_at_ms <= now)
                    .min_by_key(|c| (c.due_at_ms, c.number))
                    .map(|c| c.number)
            };
            world
                .crosschq
                .orgs
                .iter()
                .filter(|(name, _)| !busy.contains(*name))
                .filter_map(|(name, org)| Some((name.clone(), next(org)?)))
                .collect::<Vec<_>>()
        });
        for (org, number) in due {
            busy.insert(org.clone());
            let app = app.clone();
            sending.spawn(async move {
                let _ = app.store.flush();
                deliver(&app, &org, number).await;
                let _ = app.store.flush();
                org
            });
        }
        let sleep = app.read(|world| {
            let now = world.now_ms();
            let waiting = world
                .crosschq
                .orgs
                .iter()
                .filter(|(name, _)| !busy.contains(*name))
                .flat_map(|(_, org)| org.callbacks.values());
            let next = waiting.filter(|c| !c.done && !c.held).map(|c| c.due_at_ms - now).min();
            next.map_or(LONGEST_SLEEP, |ms| {
                Duration::from_millis(u64::try_from(ms).unwrap_or(0).max(1)).min(LONGEST_SLEEP)
            })
        });
        tokio::select! {
            Some(done) = sending.join_next(), if !sending.is_empty() => {
                if let Ok(org) = done {
                    busy.remove(&org);
                }
            }
            () = app.callbacks_due.notified() => {}
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

/// Lets time do what it does by itself.
pub(crate) fn tick(app: &App) {
    let due = app.read(|world| world.crosschq.orgs.values().any(|org| timers::has_due(org, world.now_ms())));
    if !due {
        return;
    }
    app.write(|world| {
        let orgs: Vec<String> = world.crosschq.orgs.keys().cloned().collect();
        for org in orgs {
            change_org(app, world, &org, timers::tick);
        }
    });
}
