//! The AWS adapters against an engine: the embedded one, or any other at `CONFORMANCE_ENDPOINT` (MiniStack, say).
//!
//! `checks` and `tokens` hold for any engine behind the ports `CheckStore` and `TokenCache`. Faults and call counts are those
//! of the local endpoint's switchboard, which stands in front of any other engine.

#![expect(clippy::unwrap_used, reason = "a test whose world cannot be set up has failed")]

mod checks;
mod customers;
mod engine;
mod next_release;
mod queues;
mod secrets;
mod tokens;
mod watermarks;
