//! A model of the connector for a model checker: the real flows, played from logs of answered calls, in a world that
//! repeats, reorders, delays, loses, kills and lets time run out.
//!
//! A state is what the store, the queues and both vendors hold, and of each running function what its calls were
//! answered so far. To take a step, the checker answers one function's next call; the flow is played from its start over
//! the log to the call after it. So what is explored is the code that runs in production, call by call, and no copy.
//!
//! Left out, because other tests hold it: dead-message queues, throttling, what the adapters make of wire formats, the
//! workflow's move to a stage status, the report PDF.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a model that cannot go on is a failed test")]

mod action;
mod call;
mod config;
mod connector;
mod crosschq;
mod exploration;
mod functions;
mod moments;
mod promises;
mod replay;
mod settings;
mod snap;
mod state;
mod worker;

pub use action::{Action, Effect, How, MoveTo};
pub use config::{Config, Sabotage};
pub use connector::Connector;
pub use state::World;
