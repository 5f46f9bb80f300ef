//! Faults at numbered side effects: every port in one layer that counts the calls of a scenario in the order in which it
//! makes them, and at one of them kills the invocation, loses the reply, lets the time run out, or answers late.

mod missed;
mod ports;
mod tape;

pub use ports::Instrumented;
pub use tape::{Call, Ended, Fault, RunClock, Strike, Tape};
