//! The model.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a model that cannot go on is a failed test")]

mod call;
mod crosschq;
mod moments;
mod replay;
mod run;
mod settings;
mod snap;
mod state;
mod worker;

pub use run::{Action, Config, Connector, Visibility, properties};
pub use state::World;
