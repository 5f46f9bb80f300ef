//! The demo's output: one line per step, with the time since the start.

use std::time::Instant;

/// Prints the timeline.
#[derive(Debug)]
pub struct Timeline {
    start: Instant,
}

impl Timeline {
    /// Begins at zero.
    #[must_use]
    pub fn begin() -> Self {
        Self { start: Instant::now() }
    }

    /// A chapter: one candidate.
    pub fn chapter(&self, title: &str) {
        crate::say::line(&format!("\n{title}"));
    }

    /// Something happened.
    pub fn step(&self, who: &str, what: &str) {
        crate::say::line(&format!("{:>7.1} s  {who:<10} {what}", self.start.elapsed().as_secs_f64()));
    }

    /// What the recruiter sees, under the step that led to it.
    pub fn seen(&self, what: &str) {
        crate::say::line(&format!("{:>11}{:<10} {what}", "", "  screen"));
    }
}
