//! What a function is started with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::launch::Launch;

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
