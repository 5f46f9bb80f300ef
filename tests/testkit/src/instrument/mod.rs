//! Faults at numbered side effects: every port in one layer that counts the calls of a scenario in the order in which it
//! makes them, and at one of them kills the invocation, loses the reply, lets the time run out, or answers late.

mod call_log;
mod ports;
mod versions;

pub use call_log::{Call, CallLog, Ended, Fault, FaultPoint, RunClock};
pub use ports::Instrumented;
