//! Learning how a customer's iCIMS platform is set up: look at a bounded number of records, propose settings, and say how
//! sure each proposal is. Nothing that is configured is ever taken away: what a sample does not show may still be there.

mod labels;
mod look;
mod proposal;
mod propose;

pub use look::{Limits, Seen, SeenField, SeenStatus, look};
pub use proposal::{Certainty, Proposal, Setting};
pub(crate) use propose::matches;
pub use propose::{apply, propose};
