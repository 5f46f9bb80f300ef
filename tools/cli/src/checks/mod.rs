//! Reference checks as operators see them: by name, in lists, as a story with what to do about it.

pub mod attention;
pub mod cancel;
pub mod index;
pub mod items;
mod name;
pub mod operator_action;
pub mod screen;
mod services;
pub mod text;

pub use name::{CheckName, WorkflowName, label};
pub use services::Services;
