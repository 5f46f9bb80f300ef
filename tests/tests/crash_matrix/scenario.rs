//! What is played: who does what in which order, at which kind of Crosschq and iCIMS.

use std::time::Duration;

use connector::domain::Stage;

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
    /// Every message in the queues goes missing.
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
    pub name: &'static str,
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
    /// At which call the recruiter does what.
    pub interlude: Option<(usize, Interlude)>,
}

impl Scenario {
    fn new(name: &'static str, acts: &[Act]) -> Self {
        Self {
            name,
            offers: Offers::default(),
            search: false,
            callbacks: true,
            moves_status: true,
            attaches: false,
            email: true,
            slow_reads: 0,
            names_entries: true,
            acts: acts.to_vec(),
            interlude: None,
        }
    }

    /// The same with this done in the middle of a call.
    pub(crate) fn with(&self, call: usize, interlude: Interlude) -> Self {
        Self { interlude: Some((call, interlude)), ..self.clone() }
    }
}

/// A Crosschq at which nothing tells a repeated create from a first one.
const BARE: Offers = Offers { idempotency: false, refuses_second_open: true, search: false, cancel: true, echo: false };

/// The first of all: a recruiter orders, and it is shown.
pub(crate) fn order() -> Scenario {
    Scenario::new("order, requested, shown", &[Act::Order, Act::Quiet])
}

impl Scenario {
    /// Whether the candidate ends rejected.
    pub(crate) fn rejects(&self) -> bool {
        self.acts.contains(&Act::Reject) || matches!(self.interlude, Some((_, Interlude::Reject)))
    }

    /// Whether the recruiter moves the candidate on.
    pub(crate) fn moves_on(&self) -> bool {
        matches!(self.interlude, Some((_, Interlude::MoveOn)))
    }
}
