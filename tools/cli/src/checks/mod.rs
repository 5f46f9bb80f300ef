//! Reference checks as operators see them: by name, in lists, as a story with what to do about it.

pub(crate) mod attention;
pub(crate) mod cancel;
pub(crate) mod index;
pub(crate) mod items;
mod name;
pub(crate) mod operator_action;
pub(crate) mod screen;
mod services;
pub(crate) mod text;

pub(crate) use name::{CheckName, WorkflowName, label};
pub(crate) use services::Services;
