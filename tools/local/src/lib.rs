//! The local run: AWS as far as the connector needs it, with the six function binaries, unmodified, as child
//! processes, and the demo that plays the journey on it.
//!
//! `aws` is the AWS endpoint; `template` says what there is (from the repository's `template.yaml`), `stack` brings it
//! up on any such endpoint, `lambda` runs the functions, `front`, `event_source` and `schedule` are what calls them.

pub mod args;
pub mod aws;
pub mod aws_call;
pub mod binaries;
pub mod data_dir;
pub mod demo;
pub mod deployment;
pub mod event_source;
pub mod front;
pub mod lambda;
pub mod provision;
pub mod run;
pub mod say;
pub mod schedule;
pub mod stack;

pub use sam_template as template;
pub use sam_template::iam;
