//! The local run.
