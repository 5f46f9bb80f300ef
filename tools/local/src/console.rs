//! Writes lines to the terminal; a closed pipe is not an error.

use std::io::Write;

/// Writes one line to standard output.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    // A closed pipe (`| head`) must not stop the run.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Writes one line to standard error.
pub fn print_error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
