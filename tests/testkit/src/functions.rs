//! The six functions of a story: each with the environment that the template gives it, and with the access key that the
//! local AWS holds to its role.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connector_core::aws::{Aws, Config, ManagedSecrets, SqsBackoff, SqsQueue, SystemClock, Variable};
use connector_core::crosschq::{Crosschq, KeyedFingerprints};
use connector_core::domain::{Envelope, Message};
use connector_core::failure::Failure;
use connector_core::icims::Icims;
use connector_core::ports::{
    Ats, AtsSearch, Backoff, CheckStore, Clock, Customers, Fingerprints, OptedIn, Queue, ReferenceProvider, Secrets,
    Watermarks,
};
use local::template::{Function, Template};

use crate::pipe::Pipe;
use crate::wiring::{Functions, Ports};

/// What the functions of a story share.
pub(crate) struct FunctionDeps<'a> {
    pub(crate) template: &'a Template,
    pub(crate) endpoint: &'a str,
    pub(crate) pipe: &'a Pipe,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Wires the functions of a story.
pub(crate) fn functions(deps: &FunctionDeps<'_>) -> Functions {
    Functions::new(|logical_id| FunctionPorts::new(logical_id, deps))
}

struct FunctionPorts {
    aws: Aws,
    secrets: Arc<ManagedSecrets>,
    pipe: Pipe,
    clock: Arc<dyn Clock>,
}

impl FunctionPorts {
    fn new(logical_id: &str, deps: &FunctionDeps<'_>) -> Self {
        let aws = environment(deps.template.function(logical_id).unwrap(), deps.endpoint);
        Self { secrets: Arc::new(aws.secrets()), pipe: deps.pipe.clone(), clock: deps.clock.clone(), aws }
    }

    fn icims(&self) -> Arc<Icims> {
        let tokens = Arc::new(self.aws.tokens().unwrap());
        Arc::new(Icims::new(self.aws.http().clone(), self.secrets.clone(), tokens, Arc::new(SystemClock)))
    }
}

impl Ports for FunctionPorts {
    fn customers(&self) -> Arc<dyn Customers> {
        Arc::new(self.aws.customers().unwrap())
    }

    fn opted_in(&self) -> Arc<dyn OptedIn> {
        Arc::new(self.aws.customers().unwrap())
    }

    fn secrets(&self) -> Arc<dyn Secrets> {
        self.secrets.clone()
    }

    fn checks(&self) -> Arc<dyn CheckStore> {
        Arc::new(self.aws.store().unwrap())
    }

    fn watermarks(&self) -> Arc<dyn Watermarks> {
        Arc::new(self.aws.watermarks().unwrap())
    }

    fn ats(&self) -> Arc<dyn Ats> {
        self.icims()
    }

    fn ats_search(&self) -> Arc<dyn AtsSearch> {
        self.icims()
    }

    fn provider(&self) -> Arc<dyn ReferenceProvider> {
        Arc::new(Crosschq::new(self.aws.http().clone(), self.secrets.clone()))
    }

    fn fingerprints(&self) -> Arc<dyn Fingerprints> {
        Arc::new(KeyedFingerprints::new(self.secrets.clone()))
    }

    fn queue(&self, needed: &[Variable]) -> Arc<dyn Queue> {
        Arc::new(MirroredQueue { sqs: self.aws.queue(needed).unwrap(), pipe: self.pipe.clone() })
    }

    fn backoff(&self, _: &'static str) -> Arc<dyn Backoff> {
        Arc::new(MirroredBackoff { sqs: self.aws.backoff().unwrap(), pipe: self.pipe.clone() })
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn wall_clock(&self) -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }
}

/// AWS with what the template gives the function, and nothing else.
fn environment(function: &Function, endpoint: &str) -> Aws {
    Aws::new(Config::from_lookup(|name| match name {
        "AWS_ENDPOINT_URL" => Some(endpoint.to_owned()),
        "AWS_REGION" => Some("us-east-1".to_owned()),
        "AWS_ACCESS_KEY_ID" => Some(function.access_key().to_owned()),
        "AWS_SECRET_ACCESS_KEY" => Some("local".to_owned()),
        _ => function.environment.get(name).cloned(),
    }))
    .unwrap()
}

/// Sends each message to SQS, where the role is enforced and the message stays, and to the pipe, which delivers it.
struct MirroredQueue {
    sqs: SqsQueue,
    pipe: Pipe,
}

#[async_trait]
impl Queue for MirroredQueue {
    async fn send(&self, message: Envelope<Message>) -> Result<(), Failure> {
        self.sqs.send(message.clone()).await?;
        self.pipe.send(message).await
    }

    async fn send_all(&self, messages: Vec<Envelope<Message>>) -> Result<(), Failure> {
        self.sqs.send_all(messages.clone()).await?;
        self.pipe.send_all(messages).await
    }
}

/// Calls SQS so that the role is enforced, and changes the visibility in the pipe.
struct MirroredBackoff {
    sqs: SqsBackoff,
    pipe: Pipe,
}

#[async_trait]
impl Backoff for MirroredBackoff {
    async fn put_off(&self, receipt_handle: &str, span: Duration) -> Result<(), Failure> {
        // SQS has no such receipt and answers with an error, but only after the role was checked: a denied call is
        // recorded there and fails the story.
        drop(self.sqs.put_off(receipt_handle, span).await);
        self.pipe.put_off(receipt_handle, span).await
    }
}
