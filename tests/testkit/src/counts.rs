//! What a proof has counted, for whoever runs `cargo test`.

use std::io::Write as _;

/// Prints a line of counts though the test passes: libtest shows what goes through `println!` only of those that fail.
pub fn counted(line: &str) {
    // Nothing can be done about a closed standard output.
    let _ = writeln!(std::io::stdout().lock(), "\n{line}");
}
