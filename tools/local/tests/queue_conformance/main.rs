//! What the connector relies on in SQS, played on our own SQS and on any other at `CONFORMANCE_ENDPOINT` (MiniStack, say):
//! the same suite, with the real client. `ours` has what is particular to our own.

#![expect(clippy::unwrap_used, reason = "clippy spares the test functions, but not what they share")]

mod batches;
mod dead_letters;
mod engine;
mod ours;
mod visibility;
