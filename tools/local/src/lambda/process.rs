//! The process inside an execution environment, with the environment variables of Lambda.
//!
//! A child does not outlive its parent for long: `kill_on_drop` ends it, and if the parent is killed the Runtime API's
//! connections close, so that `lambda_runtime` returns an error from `run` and the process ends (an idle one at once, a busy
//! one when it responds).

use std::fs::OpenOptions;
use std::net::SocketAddr;
use std::process::Stdio;

use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use super::spec::{FunctionSpec, Launch};

/// A running child or task, ended by a drop.
#[derive(Debug)]
pub(super) enum Process {
    Child(Box<Child>),
    Task(JoinHandle<()>),
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Self::Task(task) = self {
            task.abort();
        }
    }
}

impl Process {
    pub(super) fn start(spec: &FunctionSpec, runtime_api: SocketAddr) -> std::io::Result<Self> {
        let path = match &spec.launch {
            Launch::Task(start) => return Ok(Self::Task(start(runtime_api))),
            Launch::Executable(path) => path,
        };
        let log = OpenOptions::new().create(true).append(true).open(&spec.log)?;
        let mut command = Command::new(path);
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", &spec.name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", spec.memory_mib.to_string())
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", spec.name))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "local")
            .env("_HANDLER", "bootstrap")
            .envs(&spec.environment)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        // Ctrl-C goes to the whole process group, but the parent must decide when its children end.
        #[cfg(unix)]
        command.process_group(0);
        Ok(Self::Child(Box::new(command.spawn()?)))
    }

    pub(super) fn has_ended(&mut self) -> bool {
        match self {
            Self::Child(child) => !matches!(child.try_wait(), Ok(None)),
            Self::Task(task) => task.is_finished(),
        }
    }

    /// Waits for the end and describes it.
    pub(super) async fn ended(&mut self) -> String {
        match self {
            Self::Child(child) => match child.wait().await {
                Ok(status) => status.to_string(),
                Err(error) => error.to_string(),
            },
            Self::Task(task) => match task.await {
                Ok(()) => "the task returned".to_owned(),
                Err(error) => error.to_string(),
            },
        }
    }
}
