//! What a person or a pipe brings. It is waited for on another thread: on the command's
//! own, nothing would hear Ctrl-C meanwhile.

use std::io;
use std::path::Path;

/// The name by which a file is told: `-` is standard input.
pub(crate) fn name(file: &Path) -> String {
    if is_standard_input(file) { "standard input".to_owned() } else { file.display().to_string() }
}

/// Reads a whole text file, or standard input where the file is `-`.
///
/// # Errors
/// If it cannot be read, or is no UTF-8.
pub(crate) async fn read(file: &Path) -> io::Result<String> {
    if is_standard_input(file) {
        return spawn_blocking(|| io::read_to_string(io::stdin().lock())).await;
    }
    std::fs::read_to_string(file)
}

/// Does what blocks until somebody has typed. Whoever drops the future has to end the process without waiting for it.
pub(super) async fn spawn_blocking<T: Send + 'static>(
    wait: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(wait).await.map_err(io::Error::other)?
}

fn is_standard_input(file: &Path) -> bool {
    file.as_os_str() == "-"
}
