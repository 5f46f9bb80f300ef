//! The model.

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
