//! What a function is started with.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

/// Configures a function.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct FunctionSpec {
    pub name: String,
    pub arn: String,
    pub launch: Launch,
    /// The limit for one invocation.
    pub timeout: Duration,
    /// Set in the function's environment, not enforced.
    pub memory_mib: u64,
    /// The maximum number of execution environments.
    pub concurrency: usize,
    /// The function's environment. Of the parent's, only `PATH` is passed on.
    pub environment: BTreeMap<String, String>,
    /// Standard output and error of every process are appended to it.
    pub log: PathBuf,
}

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
