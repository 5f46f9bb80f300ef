//! The client against a fake platform that answers in the recorded shapes.

mod authorizing;
mod failing;
mod limits;
mod logging;
mod reading;
mod searching;
mod writing;
