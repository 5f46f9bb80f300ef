//! Why a sandbox does not start.

use std::io;

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port is taken, most likely.
    #[error("cannot listen on {host}:{port}: {why}")]
    Listen {
        /// The name or address to listen on.
        host: String,
        /// The requested port.
        port: u16,
        /// The cause reported by the system.
        why: io::Error,
    },
    /// The state file is unreadable or not one of ours.
    #[error("cannot read the state file: {0}")]
    State(io::Error),
    /// The client for pushes and callbacks could not be built.
    #[error("cannot build the HTTP client: {0}")]
    Client(reqwest::Error),
}
