//! The local run.
pub mod template;
