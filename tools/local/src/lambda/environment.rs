//! One execution environment: a process, its own Runtime API, one invocation at a time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::error::InvokeError;
use super::process::Process;
use super::runtime_api::{Delivery, Phase, RuntimeApi};
use super::spec::FunctionSpec;

#[derive(Debug)]
pub(super) struct Environment {
    process: Process,
    api: RuntimeApi,
}

impl Environment {
    /// Starts the process and waits until it requests its first invocation.
    pub(super) async fn start(spec: &FunctionSpec, init_timeout: Duration) -> Result<Self, InvokeError> {
        let failed = |error: std::io::Error| InvokeError::Init(format!("{:?}: {error}", spec.launch));
        let api = RuntimeApi::start(&spec.arn).await.map_err(failed)?;
        let mut process = Process::start(spec, api.address).map_err(failed)?;
        let mut phases = api.phase.clone();
        let ready = tokio::select! {
            phase = phases.wait_for(|phase| *phase != Phase::Starting) => phase.map(|_| ()).map_err(|error| error.to_string()),
            ended = process.ended() => Err(format!("{ended}; see {}", spec.log.display())),
            () = tokio::time::sleep(init_timeout) => Err(format!("not ready after {} ms", init_timeout.as_millis())),
        };
        // An init error is reported just before the process ends, and is more specific than the exit status.
        let phase = api.phase.borrow().clone();
        match (phase, ready) {
            (Phase::Ready, Ok(())) => Ok(Self { process, api }),
            (Phase::Failed(problem), _) | (_, Err(problem)) => Err(InvokeError::Init(problem)),
            (Phase::Starting, Ok(())) => Err(InvokeError::Init("the runtime API stopped".to_owned())),
        }
    }

    pub(super) async fn invoke(&mut self, payload: Bytes, limit: Duration) -> Result<Bytes, InvokeError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let (reply, answer) = oneshot::channel();
        let delivery = Delivery {
            request_id: uuid::Uuid::new_v4().to_string(),
            payload,
            deadline_ms: (now + limit).as_millis(),
            reply,
        };
        if self.api.deliver.send(delivery).await.is_err() {
            return Err(InvokeError::Crashed("the runtime API stopped".to_owned()));
        }
        let answered = async {
            tokio::select! {
                biased;
                answer = answer => answer.unwrap_or_else(|_| Err(InvokeError::Crashed("no response".to_owned()))),
                ended = self.process.ended() => Err(InvokeError::Crashed(ended)),
            }
        };
        timeout(limit, answered).await.unwrap_or(Err(InvokeError::TimedOut(limit.as_millis())))
    }

    pub(super) fn is_alive(&mut self) -> bool {
        !self.process.has_ended()
    }
}
