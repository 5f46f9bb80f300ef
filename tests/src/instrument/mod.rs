//! Faults at numbered side effects: every port in one layer that counts the calls of a scenario in the order in which it
//! makes them, and kills the invocation before or after one of them, or loses its reply.

mod missed;
mod ports;
mod tape;

pub use ports::Instrumented;
pub use tape::{Call, Ended, Fault, Strike, Tape};
