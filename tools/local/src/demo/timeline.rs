//! The demo's output: one line per step, with the time since the start.

use std::time::Instant;

/// Prints the timeline.
#[derive(Debug)]
pub struct Timeline {
    start: Instant,
}

impl Timeline {
    /// Starts the clock.
    #[must_use]
    pub fn begin() -> Self {
        Self { start: Instant::now() }
    }

    /// Begins the section of one candidate.
    pub fn section(&self, title: &str) {
        crate::console::print(&format!("\n{title}"));
    }

    /// Prints one step.
    pub fn step(&self, who: &str, what: &str) {
        crate::console::print(&format!("{:>7.1} s  {who:<10} {what}", self.start.elapsed().as_secs_f64()));
    }

    /// Prints what the recruiter sees after the step.
    pub fn screen(&self, what: &str) {
        crate::console::print(&format!("{:>11}{:<10} {what}", "", "  screen"));
    }
}
