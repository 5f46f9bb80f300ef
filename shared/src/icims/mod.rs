//! iCIMS: client, wire and event notifications. Its words stay in here.
//!
//! Out: [`Icims`] implements [`crate::ports::Ats`]. In: [`inbound`] holds the pure parts of the webhook, [`answer`]
//! the bodies that iCIMS shows to the recruiter.

pub mod answer;
pub mod inbound;

mod client;
mod multipart;
mod phone;
mod quota;
mod search;
mod session;
mod tenant;
mod token;
mod transport;
mod urls;
mod wire;

use crate::lenient;

pub use client::Icims;
pub use phone::warm_up;
pub use session::MAX_CONCURRENT_CALLS;
pub use transport::{REQUEST_TIMEOUT_MS, UPLOAD_TIMEOUT_MS};
pub use wire::row::{body as row_json, read as read_date, written as write_date};
pub use wire::search::{Filter, PAGE};

#[cfg(test)]
mod testing;
