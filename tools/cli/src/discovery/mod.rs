//! Learning how a customer's iCIMS platform is set up: look at a bounded number of records, propose settings, and say how
//! sure each proposal is. Nothing that is configured is ever taken away: what a sample does not show may still be there.

mod labels;
mod look;
mod propose;

pub use look::{Limits, Seen, SeenField, SeenStatus, look};
pub(crate) use propose::matches;
pub use propose::{Certainty, Proposal, Setting, apply, propose};
