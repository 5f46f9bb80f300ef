//! Explores every order of pushes, records, callbacks, rejections, crashes, time-outs and lost replies within stated bounds.
//!
//! `MODEL_LONG=1` adds the wider bounds of [`long`].

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::allow_attributes, missing_docs)]
#![expect(clippy::print_stdout, reason = "a run tells how much it explored")]

mod explore;
mod holds;
mod late;
mod long;
mod teeth;
