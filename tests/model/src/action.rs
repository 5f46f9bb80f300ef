//! The steps of the world.

use connector_core::domain::Stage;

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It is carried out and answered.
    Well,
    /// It is not carried out, and answered so.
    Failed,
    /// It is carried out, and the reply is lost.
    ReplyLost,
    /// A create is not carried out, and nobody knows.
    RequestLost,
    /// A create is refused as invalid.
    Refused,
    /// A read answers with what was before.
    Stale,
}

/// What becomes of a call whose caller gave up waiting for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It is never carried out.
    Never,
    /// It was carried out; only the answer is missing.
    Done,
    /// It is still under way, and may be carried out although nobody waits for it any more.
    UnderWay,
}

/// A step of the world.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// iCIMS pushes a status change to the webhook.
    Push {
        /// Which of those that nobody has answered.
        index: usize,
        /// Whether it will push it once more all the same.
        again: bool,
    },
    /// A queue hands a record to its function.
    Deliver {
        /// Which record.
        index: usize,
        /// Whether it will hand it out once more all the same, perhaps while this one runs.
        again: bool,
    },
    /// The schedule starts the reconciler.
    Schedule,
    /// A running function's call ends.
    Call {
        /// Which function.
        worker: usize,
        /// How.
        how: How,
    },
    /// A running function is killed while its call has not left, and so after its last call's reply came.
    Kill {
        /// Which function.
        worker: usize,
    },
    /// A record's time is up while its function's call is not answered: the function answers that the record failed, and
    /// the record comes back after its backoff.
    TimeUp {
        /// Which function.
        worker: usize,
        /// What becomes of the call.
        effect: Effect,
    },
    /// A call that was under way when its caller gave up is carried out.
    Arrive {
        /// Which call.
        index: usize,
    },
    /// Crosschq calls back.
    CallBack {
        /// About which change.
        index: usize,
        /// How often.
        times: u8,
    },
    /// The recruiter moves the candidate: to the trigger status, or to a rejected one.
    Recruiter {
        /// Whether it is an order.
        orders: bool,
    },
    /// A request moves on at Crosschq.
    Move {
        /// Which request.
        request: u8,
        /// Where.
        to: MoveTo,
    },
    /// Time passes until something can be different.
    Tick,
    /// Nothing works for longer than any window of the connector.
    Outage,
}

/// Where people move a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveTo {
    /// A reference came in.
    InProgress,
    /// Done.
    Completed,
    /// Stopped by somebody in Crosschq.
    Cancelled,
}

impl MoveTo {
    pub(crate) fn stage(self) -> Stage {
        match self {
            Self::InProgress => Stage::InProgress,
            Self::Completed => Stage::Completed,
            Self::Cancelled => Stage::Cancelled,
        }
    }

    /// Where a request can go from here.
    pub(crate) fn from(stage: Stage) -> &'static [Self] {
        match stage {
            Stage::Requested => &[Self::InProgress, Self::Completed, Self::Cancelled],
            Stage::InProgress => &[Self::Completed, Self::Cancelled],
            _ => &[],
        }
    }
}
