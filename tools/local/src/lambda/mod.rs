//! AWS Lambda as far as a function can see it: execution environments behind the Runtime API, one invocation at a time
//! in each, more of them up to a limit, killed and replaced when they overrun or crash.

mod environment;
mod process;
mod runtime_api;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;

use environment::Environment;
pub use process::Launch;

/// Lambda gives a function this long to its first `next`; on demand, not counted as invocation time.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// What a function is started with.
#[derive(Debug, Clone)]
pub struct FunctionSpec {
    /// Name, as `AWS_LAMBDA_FUNCTION_NAME` gives it.
    pub name: String,
    /// ARN, as the invocation header gives it.
    pub arn: String,
    /// How an execution environment comes to life.
    pub launch: Launch,
    /// Time for one invocation.
    pub timeout: Duration,
    /// Memory in MiB; told to the function, not enforced.
    pub memory_mib: u64,
    /// Most execution environments at once.
    pub concurrency: usize,
    /// The function's environment; nothing of the parent's is passed on except `PATH`.
    pub environment: BTreeMap<String, String>,
    /// Standard output and error of every child are appended here.
    pub log: PathBuf,
}

/// Why an invocation gave no result. The texts name no payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// The handler reported an error (Lambda's `FunctionError`). Its message is for the function's log: it may tell more
    /// than a terminal should show.
    #[error("the handler failed: {kind}")]
    Handler {
        /// `errorType` of the report.
        kind: String,
        /// `errorMessage` of the report.
        message: String,
    },
    /// The time was up; the execution environment was killed.
    #[error("task timed out after {0} ms")]
    TimedOut(u128),
    /// The process ended during the invocation.
    #[error("the process ended during the invocation: {0}")]
    Crashed(String),
    /// No execution environment came up.
    #[error("cannot start: {0}")]
    Init(String),
}

/// A function that can be invoked; clones share its execution environments, which die with the last clone.
#[derive(Debug, Clone)]
pub struct Function {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    spec: FunctionSpec,
    permits: Semaphore,
    /// Warm environments; the last one used is the first one used again, as on Lambda.
    idle: Mutex<Vec<Environment>>,
}

impl Function {
    /// A function without any execution environment yet; the first invocation, or [`Self::warm`], starts one.
    #[must_use]
    pub fn new(spec: FunctionSpec) -> Self {
        let permits = Semaphore::new(spec.concurrency.max(1));
        Self { inner: Arc::new(Inner { spec, permits, idle: Mutex::default() }) }
    }

    /// The function's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.spec.name
    }

    /// Starts one execution environment, so that a function that cannot initialise is known at once.
    ///
    /// # Errors
    /// [`InvokeError::Init`].
    pub async fn warm(&self) -> Result<(), InvokeError> {
        let environment = Environment::start(&self.inner.spec, INIT_TIMEOUT).await?;
        self.idle().push(environment);
        Ok(())
    }

    /// Invokes the function and waits; calls beyond the concurrency wait for a free execution environment. Dropping
    /// the future kills the environment that worked on it.
    ///
    /// # Errors
    /// Every variant of [`InvokeError`].
    pub async fn invoke(&self, payload: Bytes) -> Result<Bytes, InvokeError> {
        let _permit = self.inner.permits.acquire().await.map_err(|_| InvokeError::Init("shut down".to_owned()))?;
        let warm = {
            let mut idle = self.idle();
            idle.retain_mut(Environment::is_alive);
            idle.pop()
        };
        let mut environment = match warm {
            Some(environment) => environment,
            None => Environment::start(&self.inner.spec, INIT_TIMEOUT).await?,
        };
        let result = environment.invoke(payload, self.inner.spec.timeout).await;
        // After a timeout or a crash the environment is gone: dropping it kills what is left of the process.
        if matches!(result, Ok(_) | Err(InvokeError::Handler { .. })) {
            self.idle().push(environment);
        }
        result
    }

    /// Process ids of the idle execution environments.
    #[must_use]
    pub fn idle_process_ids(&self) -> Vec<u32> {
        self.idle().iter().filter_map(Environment::process_id).collect()
    }

    /// Ends the idle environments; no new invocation starts.
    pub fn shut_down(&self) {
        self.inner.permits.close();
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Environment>> {
        self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
