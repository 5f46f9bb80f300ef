//! AWS Lambda as a function sees it: execution environments behind the Runtime API, one invocation at a time in each, more
//! of them up to a limit, killed and replaced after a timeout or crash.

mod environment;
mod error;
mod process;
mod runtime_api;
mod spec;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;

use environment::Environment;
pub use error::InvokeError;
pub use spec::{FunctionSpec, Launch};

/// Lambda's limit from the start of the process to its first `next`, not counted as invocation time.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// A function. Clones share its execution environments, which end with the last clone.
#[derive(Debug, Clone)]
pub struct Function {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    spec: FunctionSpec,
    permits: Semaphore,
    /// Warm environments; the last one used is reused first, as on Lambda.
    idle: Mutex<Vec<Environment>>,
}

impl Function {
    /// Starts no execution environment: the first invocation, or [`Self::warm`], does.
    #[must_use]
    pub fn new(spec: FunctionSpec) -> Self {
        let permits = Semaphore::new(spec.concurrency.max(1));
        Self { inner: Arc::new(Inner { spec, permits, idle: Mutex::default() }) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.spec.name
    }

    /// Starts one execution environment, to find a function that cannot initialize.
    ///
    /// # Errors
    /// [`InvokeError::Init`].
    pub async fn warm(&self) -> Result<(), InvokeError> {
        let environment = Environment::start(&self.inner.spec, INIT_TIMEOUT).await?;
        self.idle().push(environment);
        Ok(())
    }

    /// Invokes the function; calls beyond the concurrency wait for a free execution environment. Dropping the future
    /// kills its environment.
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
        // After a timeout or a crash the environment is dropped, which kills the process.
        if matches!(result, Ok(_) | Err(InvokeError::Handler { .. })) {
            self.idle().push(environment);
        }
        result
    }

    /// Ends the idle environments and rejects further invocations.
    pub fn shut_down(&self) {
        self.inner.permits.close();
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Environment>> {
        self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
