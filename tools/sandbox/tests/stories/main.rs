//! The sandbox from outside: a plain HTTP client, the control client, and a receiver for what the fakes send.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod callbacks;
mod control;
mod crosschq;
mod crosschq_life;
mod faults;
mod icims;
mod icims_writes;
mod persistence;
mod pushes;
mod support;
