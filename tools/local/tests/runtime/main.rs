//! The parts that run functions: execution environments, HTTP front, SQS event source; with a function of a few lines
//! that speaks the Runtime API from inside the test.
#![expect(clippy::unwrap_used, reason = "in a test a failed step is a failed test")]

mod common;
mod event_source;
mod front;
mod journey;
mod lambda;
mod resumed;
mod stack;
