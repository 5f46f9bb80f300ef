//! What operators do with a running deployment: send it an event, rotate its secrets, learn a customer's platform.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::allow_attributes, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod compressed;
mod discover;
mod front;
mod policies;
mod proxy;
mod release;
mod rotate;
mod send;
mod stack;
mod traffic;
