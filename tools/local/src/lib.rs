//! The local run: the AWS services that the connector needs, the six function binaries, unmodified, as child processes,
//! and the demo that plays the journey on them.
//!
//! `aws` is the AWS endpoint; `template` reads the repository's `template.yaml`, `stack` starts what it declares on any
//! AWS endpoint, `lambda` runs the functions, and `front`, `event_source` and `schedule` invoke them.

pub mod args;
pub mod aws;
pub mod aws_call;
pub mod binaries;
pub mod console;
pub mod data_dir;
pub mod demo;
pub mod deployment;
pub mod event_source;
pub mod front;
pub mod lambda;
pub mod provision;
pub mod run;
pub mod sam_local;
pub mod schedule;
pub mod stack;

pub use sam_template as template;
pub use sam_template::iam;
