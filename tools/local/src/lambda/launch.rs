//! How an execution environment is started.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::JoinHandle;

/// How an execution environment is started.
#[derive(Clone)]
pub enum Launch {
    /// The function's executable, unmodified.
    Executable(PathBuf),
    /// A task of this process that calls the Runtime API at the address: for tests of the local run.
    Task(Arc<dyn Fn(SocketAddr) -> JoinHandle<()> + Send + Sync>),
}

impl std::fmt::Debug for Launch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Executable(path) => f.debug_tuple("Executable").field(path).finish(),
            Self::Task(_) => f.write_str("Task"),
        }
    }
}
