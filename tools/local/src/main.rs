//! The local run.
fn main() {}
