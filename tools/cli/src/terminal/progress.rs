//! A progress bar on standard error, for people only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Terminal;

/// A bar that goes away when it is dropped. Hidden for programs and where nobody looks.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Terminal {
    /// Starts a bar of `steps` steps.
    pub(crate) fn progress(&self, steps: usize, what: &'static str) -> Progress {
        let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX));
        if self.is_json() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what);
        Progress(bar)
    }
}

impl Progress {
    /// One step is done.
    pub(crate) fn step(&self) {
        self.0.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
