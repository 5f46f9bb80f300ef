//! The scenarios that are played.

use std::time::Duration;

use connector_core::domain::Stage;
use testkit::instrument::Fault;

use super::{Act, Offers, Scenario};

/// A Crosschq at which a repeated create is a second one, unless the first request is still open.
const BARE: Offers = Offers { idempotency: false, refuses_second_open: true, search: false, cancel: true, echo: false };
/// One that guards against nothing, and offers a look-up.
const SEARCHABLE: Offers =
    Offers { idempotency: false, refuses_second_open: false, search: true, cancel: true, echo: true };
/// What the webhook gets no answer to in time.
const SLOW_READ: &str = "ats.person";
const HOURS_7: Duration = Duration::from_secs(7 * 3600);
const MINUTES_5: Duration = Duration::from_secs(300);

/// The first of all: a recruiter orders, and it is shown.
pub(crate) fn order() -> Scenario {
    Scenario::new("order, requested, shown", &[Act::Order, Act::Quiet])
}

/// The same without Crosschq's callbacks.
pub(crate) fn order_without_callbacks() -> Scenario {
    Scenario { callbacks: false, ..Scenario::new("order without callbacks", &[Act::Order, Act::Quiet]) }
}

/// The same at a Crosschq that guards against nothing and offers a look-up.
pub(crate) fn order_at_a_bare_crosschq() -> Scenario {
    Scenario {
        offers: SEARCHABLE,
        search: true,
        ..Scenario::new("order at a Crosschq without guards", &[Act::Order, Act::Quiet])
    }
}

/// To the end: the report is there, and the workflow is moved.
pub(crate) fn completed() -> Scenario {
    Scenario::new("completed", &[Act::Order, Act::Quiet, Act::Step(Stage::Completed), Act::Quiet])
}

/// What the naive variant has to fail.
pub(crate) fn for_the_naive() -> Vec<Scenario> {
    let lost = Scenario {
        given: Some(("crosschq.create", Fault::ReplyLost)),
        name: "create lost at a Crosschq without guards".to_owned(),
        ..order_at_a_bare_crosschq()
    };
    let refusing =
        Scenario { offers: BARE, ..Scenario::new("order where a second create is refused", &[Act::Order, Act::Quiet]) };
    // A callback that echoes our id would have the request adopted before the naive variant repeats its create.
    let silent = |scenario: &Scenario| Scenario {
        callbacks: false,
        name: format!("{} or callbacks", scenario.name),
        ..scenario.clone()
    };
    let bare = order_at_a_bare_crosschq();
    vec![order(), silent(&bare), bare, refusing, silent(&lost), lost]
}

/// The scenarios of which every pair of calls meets faults in the longer run.
pub(crate) fn in_pairs() -> Vec<Scenario> {
    vec![order(), order_at_a_bare_crosschq()]
}

/// The scenarios in which a fault is injected at each call.
pub(crate) fn all() -> Vec<Scenario> {
    let mut all = plain();
    all.extend(missed_pushes());
    all.extend(rejections());
    all.extend(slow());
    all.extend(unknown_outcomes(Fault::ReplyLost));
    // Where a process that ended leaves less behind than a reply that was lost: the rest is in the longer run.
    let reported = |scenario: &Scenario| scenario.callbacks && !scenario.search;
    all.extend(unknown_outcomes(Fault::KilledAfter).into_iter().filter(reported));
    all
}

/// More of them, for the longer run.
pub(crate) fn more() -> Vec<Scenario> {
    [unknown_outcomes(Fault::KilledAfter), unknown_outcomes(Fault::KilledBefore)].concat()
}

fn plain() -> Vec<Scenario> {
    use Act::{AtOnce, LoseMessages, Order, Pass, Quiet, Step};
    let journey = Scenario::new(
        "callbacks to completion",
        &[
            Order,
            Quiet,
            Step(Stage::CandidateInProgress),
            Quiet,
            Step(Stage::InProgress),
            Quiet,
            Step(Stage::Completed),
            Quiet,
        ],
    );
    let completed = &[Order, Quiet, Step(Stage::Completed), Quiet];
    vec![
        order(),
        order_without_callbacks(),
        Scenario { names_entries: false, ..Scenario::new("order, iCIMS names no entry", &[Order, Quiet]) },
        journey,
        Scenario {
            callbacks: false,
            ..Scenario::new(
                "completed without callbacks",
                &[Order, Quiet, Step(Stage::Completed), Pass(HOURS_7), Quiet],
            )
        },
        Scenario { attaches: true, ..Scenario::new("completed, report attached", completed) },
        Scenario {
            attaches: true,
            moves_status: false,
            names_entries: false,
            ..Scenario::new("completed, report attached, no status", completed)
        },
        Scenario {
            given: Some((SLOW_READ, Fault::Late)),
            ..Scenario::new("order accepted while iCIMS is slow", &[Order, Quiet])
        },
        Scenario {
            email: false,
            given: Some((SLOW_READ, Fault::Late)),
            ..Scenario::new("refusal found late", &[Order, Quiet])
        },
        Scenario {
            callbacks: false,
            ..Scenario::new("order, then the schedule alone", &[Order, AtOnce, LoseMessages, Quiet])
        },
        Scenario::new(
            "declined, ordered again",
            &[Order, Quiet, Step(Stage::Declined), Quiet, Pass(MINUTES_5), Order, Quiet],
        ),
    ]
}

/// Moves of which no push comes.
fn missed_pushes() -> Vec<Scenario> {
    use Act::{MissedOrder, MissedRejection, Order, Quiet, Search};
    vec![
        Scenario {
            callbacks: false,
            ..Scenario::new("order missed, searched for", &[Search, MissedOrder, Search, Quiet])
        },
        Scenario {
            callbacks: false,
            ..Scenario::new("rejection missed, searched for", &[Search, Order, Quiet, MissedRejection, Search, Quiet])
        },
    ]
}

fn rejections() -> Vec<Scenario> {
    use Act::{AtOnce, LoseMessages, Order, Quiet, Reject, Step};
    let after = &[Order, Quiet, Reject, Quiet];
    vec![
        Scenario::new("rejected after the request", after),
        Scenario::new("rejected before the order is delivered", &[Order, Reject, Quiet]),
        Scenario::new("rejection and order at once", &[Order, Reject, AtOnce, Quiet]),
        Scenario {
            callbacks: false,
            ..Scenario::new("rejected, then the schedule alone", &[Order, Quiet, Reject, AtOnce, LoseMessages, Quiet])
        },
        Scenario {
            callbacks: false,
            ..Scenario::new("rejected when already completed", &[Order, Quiet, Step(Stage::Completed), Reject, Quiet])
        },
        Scenario {
            offers: Offers { cancel: false, ..Offers::default() },
            ..Scenario::new("rejected where Crosschq cannot cancel", after)
        },
    ]
}

/// The first delivery of the order ran out of time before anything left for Crosschq.
fn slow() -> Vec<Scenario> {
    use Act::{Order, Quiet};
    let slow = |kind: &str| Scenario {
        given: Some(("checks.insert", Fault::TimeUpAfter)),
        ..Scenario::new(&format!("order, out of time after the claim, at {kind}"), &[Order, Quiet])
    };
    vec![
        slow("idempotency"),
        Scenario { offers: SEARCHABLE, search: true, callbacks: false, ..slow("search, no callbacks") },
    ]
}

/// A create whose reply was lost, or whose process ended, at each kind of Crosschq.
fn unknown_outcomes(fault: Fault) -> Vec<Scenario> {
    use Act::{AtOnce, MoveOn, Order, Quiet, Reject, Step};
    let mut all = Vec::new();
    for (kind, offers, search, callbacks) in [
        ("idempotency", Offers::default(), false, true),
        ("idempotency, no callbacks", Offers::default(), false, false),
        ("search", SEARCHABLE, true, true),
        ("search, no callbacks", SEARCHABLE, true, false),
        ("neither", BARE, false, true),
        ("neither, no callbacks", BARE, false, false),
    ] {
        let unknown = |name: &str, acts: &[Act]| Scenario {
            offers,
            search,
            callbacks,
            given: Some(("crosschq.create", fault)),
            ..Scenario::new(&format!("create {fault:?} at {kind}{name}"), acts)
        };
        all.push(unknown("", &[Order, Quiet]));
        all.push(unknown(", rejected", &[Order, AtOnce, Reject, Quiet]));
        all.push(unknown(", moved on", &[Order, AtOnce, MoveOn, Quiet]));
        // Where nothing guards a second create but the first request's being open, one that ended meanwhile is
        // made again: docs/vendors/crosschq.md §9.4 leaves nothing better to do.
        if offers.idempotency || search {
            all.push(unknown(", completed", &[Order, AtOnce, Step(Stage::Completed), Quiet]));
        }
    }
    all
}

/// The same for the sandbox, where timers are the machine's: a read that takes too long fails.
fn with_failing_reads(scenario: Scenario) -> Scenario {
    match scenario.given {
        Some((SLOW_READ, _)) => Scenario { given: Some((SLOW_READ, Fault::ReplyLost)), ..scenario },
        _ => scenario,
    }
}

/// The scenarios that are played on the sandbox and the store engine too, in an ordinary run.
pub(crate) fn on_the_sandbox() -> Vec<Scenario> {
    let unknown = ["create ReplyLost at idempotency", "create ReplyLost at search", "create ReplyLost at neither"];
    let mut some: Vec<Scenario> = plain().into_iter().map(with_failing_reads).collect();
    some.extend(rejections());
    some.extend(unknown_outcomes(Fault::ReplyLost).into_iter().filter(|lost| unknown.contains(&lost.name.as_str())));
    some
}

/// All that can be: the sandbox dates its changes by the machine's clock, so that missed pushes are not found there.
pub(crate) fn all_on_the_sandbox() -> Vec<Scenario> {
    all().into_iter().filter(|scenario| !scenario.looks_for_missed()).map(with_failing_reads).collect()
}
