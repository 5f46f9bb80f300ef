//! Event notifications as iCIMS would push them: made, proved, posted, and what the connector answered.

mod answer;
mod post;
mod request;

pub(crate) use answer::Answer;
pub(crate) use post::{Answered, post};
pub(crate) use request::{Request, ShownHeader, base, below, unsigned};
