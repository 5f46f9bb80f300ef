//! What is played: who does what in which order, at which kind of Crosschq and iCIMS.

use std::time::Duration;

use connector::domain::Stage;
use stories::instrument::Fault;

use crate::fakes::Offers;

/// One thing that somebody outside does, or time does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Act {
    /// The recruiter moves the candidate to the Crosschq status.
    Order,
    /// The recruiter rejects the candidate.
    Reject,
    /// Everything that waits is delivered once, side by side.
    AtOnce,
    /// Everything is delivered, with time passing, until nothing is left to do.
    Quiet,
    /// Somebody at Crosschq brings the request to this stage.
    Step(Stage),
    /// The recruiter moves the candidate to a status that means nothing to us.
    MoveOn,
    /// The recruiter moves the candidate to the Crosschq status, and no push tells of it.
    MissedOrder,
    /// The recruiter rejects the candidate, and no push tells of it.
    MissedRejection,
    /// Missed pushes are looked for, some times.
    Search,
    /// Every message goes missing, once there is a check: only the schedule is left.
    LoseMessages,
    /// Time passes.
    Pass(Duration),
}

/// What the recruiter does in the middle of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interlude {
    /// Rejects the candidate; the cancellation is delivered at once.
    Reject,
    /// Moves the candidate to a status that means nothing to us.
    MoveOn,
}

/// A scenario.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub name: String,
    pub offers: Offers,
    /// The settings use Crosschq's look-up.
    pub search: bool,
    /// Crosschq's callbacks arrive.
    pub callbacks: bool,
    /// A finished check moves the workflow.
    pub moves_status: bool,
    /// The report PDF is attached.
    pub attaches: bool,
    /// The candidate has an address.
    pub email: bool,
    /// Reads of the candidate that take longer than the webhook waits.
    pub slow_reads: u32,
    /// iCIMS names the entry of a new row.
    pub names_entries: bool,
    pub acts: Vec<Act>,
    /// What always goes wrong: at the first call of this name.
    pub given: Option<(&'static str, Fault)>,
    /// At which call the recruiter does what.
    pub interlude: Option<(usize, Interlude)>,
}

impl Scenario {
    fn new(name: &str, acts: &[Act]) -> Self {
        Self {
            name: name.to_owned(),
            offers: Offers::default(),
            search: false,
            callbacks: true,
            moves_status: true,
            attaches: false,
            email: true,
            slow_reads: 0,
            names_entries: true,
            acts: acts.to_vec(),
            given: None,
            interlude: None,
        }
    }

    /// The same with this done in the middle of a call.
    pub(crate) fn with(&self, call: usize, interlude: Interlude) -> Self {
        Self { interlude: Some((call, interlude)), ..self.clone() }
    }
}

/// A Crosschq at which a repeated create is a second one, unless the first request is still open.
const BARE: Offers = Offers { idempotency: false, refuses_second_open: true, search: false, cancel: true, echo: false };
/// One that guards against nothing, and can be asked.
const SEARCHABLE: Offers =
    Offers { idempotency: false, refuses_second_open: false, search: true, cancel: true, echo: true };
const HOURS_7: Duration = Duration::from_secs(7 * 3600);
const MINUTES_5: Duration = Duration::from_secs(300);

impl Scenario {
    /// Whether the candidate ends rejected.
    pub(crate) fn rejects(&self) -> bool {
        self.acts.iter().any(|act| matches!(act, Act::Reject | Act::MissedRejection))
            || matches!(self.interlude, Some((_, Interlude::Reject)))
    }

    /// Its name, with what comes between.
    pub(crate) fn title(&self) -> String {
        match self.interlude {
            Some((call, what)) => format!("{} ({what:?} at #{call})", self.name),
            None => self.name.clone(),
        }
    }

    /// Whether missed pushes are looked for.
    pub(crate) fn looks_for_missed(&self) -> bool {
        self.acts.contains(&Act::Search)
    }

    /// Whether the recruiter moves the candidate on.
    pub(crate) fn moves_on(&self) -> bool {
        self.acts.contains(&Act::MoveOn) || matches!(self.interlude, Some((_, Interlude::MoveOn)))
    }
}

/// The first of all: a recruiter orders, and it is shown.
pub(crate) fn order() -> Scenario {
    Scenario::new("order, requested, shown", &[Act::Order, Act::Quiet])
}

/// The same without Crosschq's callbacks.
pub(crate) fn order_without_callbacks() -> Scenario {
    Scenario { callbacks: false, ..Scenario::new("order without callbacks", &[Act::Order, Act::Quiet]) }
}

/// The same at a Crosschq that guards against nothing and can be asked.
pub(crate) fn order_at_a_bare_crosschq() -> Scenario {
    Scenario {
        offers: SEARCHABLE,
        search: true,
        ..Scenario::new("order at a Crosschq without guards", &[Act::Order, Act::Quiet])
    }
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
    vec![order(), order_at_a_bare_crosschq(), refusing, lost]
}

/// The scenarios of which every pair of calls is struck in the longer run.
pub(crate) fn in_pairs() -> Vec<Scenario> {
    vec![order(), order_at_a_bare_crosschq()]
}

/// The scenarios whose calls are all struck, each standing for itself.
pub(crate) fn all() -> Vec<Scenario> {
    let mut all = plain();
    all.extend(missed_pushes());
    all.extend(rejections());
    all.extend(unknown_outcomes(Fault::ReplyLost));
    // Where a process that ended leaves less behind than a reply that was lost: the rest is in the longer run.
    let told = |scenario: &Scenario| scenario.callbacks && !scenario.search;
    all.extend(unknown_outcomes(Fault::KilledAfter).into_iter().filter(told));
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
        Scenario { email: false, slow_reads: 1, ..Scenario::new("refusal found late", &[Order, Quiet]) },
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

/// What no push told. On the fakes only: the sandbox dates its changes by the machine's clock, which does not skip.
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
        // made again: facts crosschq §9.4 leaves nothing better to do.
        if offers.idempotency || search {
            all.push(unknown(", completed", &[Order, AtOnce, Step(Stage::Completed), Quiet]));
        }
    }
    all
}

/// The scenarios that are struck on the sandbox and the store engine too.
pub(crate) fn on_the_sandbox() -> Vec<Scenario> {
    all().into_iter().filter(|scenario| !scenario.looks_for_missed()).collect()
}
