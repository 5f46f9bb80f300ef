//! Reference checks as operators see them: by name, in lists, as a story with what to do about it.

pub mod attention;
pub mod by_hand;
pub mod cancel;
mod desk;
pub mod index;
pub mod items;
mod name;
pub mod screen;
pub mod told;

pub use desk::Desk;
pub use name::{CheckName, WorkflowName, label};
