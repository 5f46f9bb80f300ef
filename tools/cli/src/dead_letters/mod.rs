//! Dead letters: their content, their likely cause, and the redrive.

mod content;
mod reason;
mod receive;

pub use content::{Content, Subject};
pub use reason::{Reason, insights_query, reason};
pub use receive::{DeadLetter, InFlight, delete, receive, release, send_again};
