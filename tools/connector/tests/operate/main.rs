//! What operators do with a running deployment: send it an event, rotate its secrets, learn a customer's platform.

#[path = "../support/mod.rs"]
mod support;

mod discover;
mod front;
mod rotate;
mod send;
mod traffic;
