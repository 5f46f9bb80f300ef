//! iCIMS: client, wire and event notifications. Its words stay in here.
//!
//! Out: [`Icims`] implements [`crate::ports::Ats`]. In: [`inbound`] holds the pure parts of the webhook, [`answer`]
//! the bodies that iCIMS shows to the recruiter.

pub mod answer;
pub mod inbound;

mod lenient;
