//! What must always hold, and what must be possible lest the rest hold of nothing.

use connector_core::domain::{Check, State};
use stateright::Property;

use crate::call::{Call, Mail, Status, number_of};
use crate::config::Config;
use crate::connector::{Connector, next_moment};
use crate::moments::{HORIZON, START};
use crate::state::{Request, World};
use crate::worker::{Job, Worker};

type Promises = Vec<Property<Connector>>;

/// The promises of such a world.
pub(crate) fn of(config: &Config) -> Promises {
    let mut promises = always();
    promises.extend(possible(config));
    if config.exactly_one() {
        promises.push(Property::always("one order gets at most one request", |_, world: &World| {
            attempts().all(|attempt| world.requests_of(attempt).count() <= 1)
        }));
    } else {
        promises.push(Property::sometimes("one order gets two requests", |_, world: &World| {
            attempts().any(|attempt| world.requests_of(attempt).count() > 1)
        }));
        promises.push(Property::sometimes("a second request is reported", |model: &Connector, world: &World| {
            model.ends(world, |check| check.request().is_some() && check.duplicates().len() == 1)
        }));
    }
    promises
}

fn always() -> Promises {
    vec![
        Property::always("never a third create", |_, world: &World| world.posts.iter().all(|posts| *posts <= 2)),
        Property::always("the ledger counts only creates that may have left", |model: &Connector, world: &World| {
            at_rest(model, world, || {
                world.checks.iter().all(|snap| snap.check.creates.begun <= world.may_have_left[snap.attempt() as usize])
            })
        }),
        Property::always("every order comes to an end", |model: &Connector, world: &World| {
            let goes_on = || world.now < START.after(HORIZON) && next_moment(&model.config, world).is_some();
            world.is_busy(&model.config) || world.is_at_rest(&model.config) || goes_on()
        }),
        Property::always(
            "an order ends in a request, a refusal or a call for a person",
            |model: &Connector, world: &World| {
                at_rest(model, world, || {
                    attempts().filter(|attempt| world.accepted & (1 << attempt) != 0).all(|attempt| {
                        match world.check(attempt) {
                            Some(check) => ended_right(model, world, check),
                            // An old push that came again after a rejection orders nothing.
                            None => attempt > 1 && world.status == Status::Rejected,
                        }
                    })
                })
            },
        ),
        Property::always("a request that no check follows is reported", |model: &Connector, world: &World| {
            at_rest(model, world, || world.checks.iter().all(|snap| reports_all(model, world, &snap.check)))
        }),
        Property::always("a rejected candidate ends with no open request", |model: &Connector, world: &World| {
            at_rest(model, world, || {
                world.status != Status::Rejected
                    || (0..).zip(&world.requests).all(|(number, request)| {
                        !request.stage.is_open()
                            || model.nobody_can_know(request)
                            || world.check(request.attempt).is_some_and(|check| hands_over(model, check, number))
                    })
            })
        }),
        Property::always("a check ends where its request ended", |model: &Connector, world: &World| {
            at_rest(model, world, || world.checks.iter().all(|snap| world.agrees(&snap.check)))
        }),
        Property::always("iCIMS shows in the end what the check says", |model: &Connector, world: &World| {
            at_rest(model, world, || world.checks.iter().all(|snap| world.shows(&snap.check)))
        }),
        // Where two attempts' replies were lost, one row may stay behind; it says what it should.
        Property::always("a check has one row", |model: &Connector, world: &World| {
            at_rest(model, world, || world.checks.len() > 1 || world.rows.len() <= 1)
        }),
    ]
}

fn possible(config: &Config) -> Promises {
    let mut possible: Promises =
        vec![Property::sometimes("an order gets its request", |model: &Connector, world: &World| {
            model.ends(world, |check| check.state() == State::Requested && world.posts[1] == 1)
        })];
    if config.moves > 0 {
        possible.push(Property::sometimes("a request is completed and shown", |model: &Connector, world: &World| {
            model.ends(world, |check| check.state() == State::Completed)
        }));
    }
    if config.recruiter > 0 {
        possible.push(Property::sometimes("a rejection overtakes the create", |model: &Connector, world: &World| {
            model.ends(world, |check| check.state() == State::Cancelled && world.posts[1] == 0)
        }));
        possible.push(Property::sometimes("a rejection cancels a request", |model: &Connector, world: &World| {
            model.ends(world, |check| check.state() == State::Cancelled && check.request().is_some())
        }));
    }
    if config.recruiter > 1 {
        possible.push(Property::sometimes("a second order gets its own request", |_, world: &World| {
            world.requests_of(2).count() == 1 && world.requests_of(1).count() == 1
        }));
    }
    if config.mishaps > 0 {
        possible.extend(of_mishaps(config));
    }
    possible
}

fn of_mishaps(config: &Config) -> Promises {
    let mut possible: Promises = vec![
        Property::sometimes("a carried-out order is delivered again", |_, world: &World| {
            world.workers.iter().any(|worker| {
                let Job::Record(Mail::Order { attempt, .. }) = worker.job() else { return false };
                world.check(*attempt).is_some_and(|check| check.request().is_some())
            })
        }),
        Property::sometimes("an order is delivered again while its create is under way", |_, world: &World| {
            world.under_way.iter().any(|under_way| {
                let Call::Create { attempt } = under_way.call else { return false };
                world.workers.iter().any(|worker| carries_out(worker, attempt))
            })
        }),
        Property::sometimes("a create leaves twice", |_, world: &World| world.posts[1] == 2),
    ];
    if !config.only_time_up {
        possible.push(Property::sometimes("an order is refused", |model: &Connector, world: &World| {
            model.ends(world, |check| check.refusal().is_some() && check.request().is_none())
        }));
    }
    if config.search {
        possible.push(Property::sometimes("a look-up finds the request of a lost create", |_, world: &World| {
            world
                .workers
                .iter()
                .any(|worker| adopts(world, worker) && matches!(worker.job(), Job::Record(Mail::Order { .. })))
        }));
    }
    if config.workers > 1 {
        possible.push(Property::sometimes("one order is carried out twice at once", |_, world: &World| {
            world.workers.iter().filter(|worker| carries_out(worker, 1)).count() == 2
        }));
    }
    if config.echoes {
        possible.push(Property::sometimes("a callback names the request of a lost create", |_, world: &World| {
            world
                .workers
                .iter()
                .any(|worker| adopts(world, worker) && matches!(worker.job(), Job::Record(Mail::UpdateRequest { .. })))
        }));
    }
    possible
}

impl Connector {
    /// Whether a request was created against the assumptions, and no callback about it ever came through: nothing reports
    /// of it then.
    fn nobody_can_know(&self, request: &Request) -> bool {
        !self.config.exactly_one() && !request.heard
    }

    fn ends(&self, world: &World, how: impl Fn(&Check) -> bool) -> bool {
        world.is_at_rest(&self.config) && world.checks.iter().any(|snap| how(&snap.check))
    }
}

fn at_rest(model: &Connector, world: &World, holds: impl Fn() -> bool) -> bool {
    !world.is_at_rest(&model.config) || holds()
}

fn attempts() -> std::ops::Range<u32> {
    1..4
}

/// Whether a function carries this order out.
fn carries_out(worker: &Worker, order: u32) -> bool {
    matches!(worker.job(), Job::Record(Mail::Order { attempt, .. }) if *attempt == order)
}

/// Whether a function is about to record a request that somebody else created and did not record.
fn adopts(world: &World, worker: &Worker) -> bool {
    let Call::Save(snap) = &*worker.pending else { return false };
    let (Some(request), Some(stored)) = (snap.check.request(), world.check(snap.attempt())) else { return false };
    let created_it =
        worker.story.log.iter().any(|(_, at)| *at == world.requests[usize::from(number_of(request))].created_at);
    stored.request().is_none() && !created_it
}

/// A check at rest holds its own request, or has ended without one at Crosschq, or calls for a person.
fn ended_right(model: &Connector, world: &World, check: &Check) -> bool {
    if let Some(request) = check.request() {
        return world.live(number_of(request)).is_some_and(|live| live.attempt == check.key.attempt);
    }
    let nothing_there = || {
        (0..).zip(&world.requests).filter(|(_, request)| request.attempt == check.key.attempt).all(
            |(number, request)| {
                let against_assumptions = !model.config.exactly_one();
                model.nobody_can_know(request) || (against_assumptions && World::reports_duplicate(check, number))
            },
        )
    };
    check.is_over() && (World::calls_for_a_person(check) || nothing_there())
}

/// Whether a check requires a person to look at Crosschq for this request, where the connector itself could not.
fn hands_over(model: &Connector, check: &Check, request: u8) -> bool {
    World::reports_duplicate(check, request) || (!model.config.search && World::calls_for_a_person(check))
}

/// Whether each request of a check is the one that it follows, or written down in its history. Where Crosschq echoes no
/// id, a late callback is a stranger's: then a person was called when the check ended.
fn reports_all(model: &Connector, world: &World, check: &Check) -> bool {
    let person_called = !model.config.echoes && World::calls_for_a_person(check);
    (0..).zip(&world.requests).filter(|(_, request)| request.attempt == check.key.attempt).all(|(number, request)| {
        let followed = check.request().map(number_of) == Some(number);
        followed || World::reports_duplicate(check, number) || !request.heard || person_called
    })
}
