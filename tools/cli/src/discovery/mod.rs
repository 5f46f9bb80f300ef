//! Learning how a customer's iCIMS platform is set up: look at a bounded number of records, propose settings, and say how
//! sure each proposal is. Nothing that is configured is ever taken away: what a sample does not show may still be there.

mod labels;
mod look;
mod proposal;
mod propose;

pub(crate) use look::{Limits, Seen, look};
pub(crate) use proposal::{Certainty, Proposal, Setting};
pub(crate) use propose::matches;
pub(crate) use propose::{apply, propose};
