//! Crosschq's callbacks: who sent one, and which request it names. Nothing else of it is believed: what the request's
//! state is, we read back (docs/vendors/crosschq.md §2, §8.11).

mod auth;
mod callback;

pub use auth::authenticate;
pub use callback::{BODY_MAX_BYTES, Callback, parse};
