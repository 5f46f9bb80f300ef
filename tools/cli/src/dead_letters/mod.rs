//! Dead letters: their content, their likely cause, and the redrive.

mod content;
mod reason;
mod receive;

pub(crate) use content::{Content, Subject};
pub(crate) use reason::{Reason, insights_query, reason};
pub(crate) use receive::{DeadLetter, delete, receive, release, send_again};
