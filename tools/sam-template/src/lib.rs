//! Reads the repository's `template.yaml` (AWS SAM) into plain structs, so that the local run and the deployed stack
//! have the same tables, queues, functions, environment, routes, event sources and schedule.
//!
//! Three steps: [`yaml`] parses the text into a tree, [`resolve`] evaluates parameters, conditions and intrinsic
//! functions, `read` fills the structs of [`model`]. The reader is strict: an unknown resource type, property, event or
//! function is an error; what the local run ignores is listed by name.

mod error;
pub mod iam;
pub mod model;
mod properties;
mod read;
mod reference;
pub mod resolve;
mod roles;
mod tables;
pub mod yaml;

pub use error::TemplateError;
pub use model::{Function, HttpRoute, Index, Key, Queue, Redrive, Role, Schedule, SqsSource, Table, Template};
pub use resolve::Context;
