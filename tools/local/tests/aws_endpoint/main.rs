//! The local AWS endpoint, driven by the AWS SDK's own clients.

#![expect(clippy::unwrap_used, reason = "clippy spares the test functions, but not what they share")]

mod dynamodb;
mod faults;
mod kill;
mod operators;
mod permissions;
mod rotation;
mod secrets;
mod stack;
mod support;
