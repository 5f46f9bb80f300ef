//! The local run.

pub mod aws;
