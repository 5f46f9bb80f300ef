//! The AWS adapters against an engine: the embedded one, or any other at `CONFORMANCE_ENDPOINT` (MiniStack, say).
//!
//! `checks` and `tokens` hold for any engine behind the ports `CheckStore` and `TokenCache`; what asks the embedded
//! engine's switchboard (faults, call counts) is skipped elsewhere.

#![expect(clippy::unwrap_used, reason = "a test whose world cannot be set up has failed")]

mod checks;
mod customers;
mod engine;
mod queues;
mod secrets;
mod tokens;
mod watermarks;
