//! What is played: who does what in which order, at which kind of Crosschq and iCIMS.

mod played;

use std::time::Duration;

use connector_core::domain::Stage;
use testkit::instrument::Fault;

pub(crate) use played::*;

/// What a Crosschq offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offers {
    /// A create with a known idempotency key is answered with the first request.
    pub idempotency: bool,
    /// A second open request for a candidate and survey is refused with 409 (docs/vendors/crosschq.md §9.4).
    pub refuses_second_open: bool,
    /// Look-up by external id.
    pub search: bool,
    /// Cancelling by the API.
    pub cancel: bool,
    /// Whether reads contain the external id.
    pub echo: bool,
}

impl Default for Offers {
    fn default() -> Self {
        Self { idempotency: true, refuses_second_open: true, search: false, cancel: true, echo: false }
    }
}

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
    /// The recruiter moves the candidate to the Crosschq status, and no push comes.
    MissedOrder,
    /// The recruiter rejects the candidate, and no push comes.
    MissedRejection,
    /// Missed pushes are looked for, some times.
    Search,
    /// Every message goes missing, once there is a check: only the schedule is left.
    LoseMessages,
    Pass(Duration),
}

/// What the recruiter does in the middle of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interleaving {
    /// Rejects the candidate; the cancellation is delivered at once.
    Reject,
    /// Moves the candidate to a status that means nothing to us.
    MoveOn,
}

#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub name: String,
    pub offers: Offers,
    /// The settings use Crosschq's look-up.
    pub search: bool,
    pub callbacks: bool,
    /// A finished check moves the workflow.
    pub moves_status: bool,
    /// The report PDF is attached.
    pub attaches: bool,
    /// The candidate has an address.
    pub email: bool,
    /// iCIMS names the entry of a new row.
    pub names_entries: bool,
    pub acts: Vec<Act>,
    /// What always goes wrong: at the first call of this name.
    pub given: Option<(&'static str, Fault)>,
    /// At which call the recruiter does what.
    pub interleaving: Option<(usize, Interleaving)>,
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
            names_entries: true,
            acts: acts.to_vec(),
            given: None,
            interleaving: None,
        }
    }

    /// The same with this done in the middle of a call.
    pub(crate) fn with(&self, call: usize, interleaving: Interleaving) -> Self {
        Self { interleaving: Some((call, interleaving)), ..self.clone() }
    }
}

impl Scenario {
    /// Whether the candidate ends rejected.
    pub(crate) fn rejects(&self) -> bool {
        self.acts.iter().any(|act| matches!(act, Act::Reject | Act::MissedRejection))
            || matches!(self.interleaving, Some((_, Interleaving::Reject)))
    }

    /// Its name, with what comes between.
    pub(crate) fn title(&self) -> String {
        match self.interleaving {
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
        self.acts.contains(&Act::MoveOn) || matches!(self.interleaving, Some((_, Interleaving::MoveOn)))
    }
}
