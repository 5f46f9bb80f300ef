//! The only place that writes to the terminal: whole lines, at once, never a panic on a closed pipe.

use std::io::Write;

/// Writes one line to standard output.
pub fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    // A reader that went away (`| head`) is no reason to stop the run.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Writes one line to standard error.
pub fn error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
