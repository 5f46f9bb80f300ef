//! The six functions of a story, each as its `main` wires it: with the environment the template gives it, and with the
//! access key that the local AWS holds to its role.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connector_core::aws::{Aws, Config, SqsBackoff, SqsQueue, SystemClock, Variable};
use connector_core::crosschq::{Crosschq, KeyedFingerprints};
use connector_core::domain::{Envelope, Message};
use connector_core::failure::Failure;
use connector_core::flows::{Callback, Canceller, Memory, Receiver, Reconciler, Requester, Searcher, Updater};
use connector_core::icims::Icims;
use connector_core::ports::{Backoff, Clock, Queue};
use local::template::{Function, Template};

use crate::pipe::Pipe;

/// The handlers.
pub(crate) struct Functions {
    pub(crate) webhook: icims_webhook::Handler,
    pub(crate) callback: crosschq_callback::Handler,
    pub(crate) requester: reference_requester::Handler,
    pub(crate) updater: icims_updater::Handler,
    pub(crate) canceller: rejection_canceller::Handler,
    pub(crate) reconciler: reconciler::Handler,
}

/// What the functions of a story share.
pub(crate) struct Surroundings<'a> {
    pub(crate) template: &'a Template,
    pub(crate) endpoint: &'a str,
    pub(crate) pipe: &'a Pipe,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Functions {
    pub(crate) fn new(around: &Surroundings<'_>) -> Self {
        use Variable::{CancellationsQueueUrl, IcimsUpdatesQueueUrl, ReferenceRequestsQueueUrl};
        let clock = || around.clock.clone();
        Self {
            webhook: {
                let it = One::of("IcimsWebhook", around);
                icims_webhook::Handler {
                    customers: Arc::new(it.aws.customers().unwrap()),
                    secrets: it.secrets.clone(),
                    receiver: Receiver {
                        checks: Arc::new(it.aws.store().unwrap()),
                        ats: it.icims(),
                        provider: it.crosschq(),
                        queue: it.queue(&[ReferenceRequestsQueueUrl, CancellationsQueueUrl]),
                        clock: clock(),
                    },
                    clock: Arc::new(SystemClock),
                }
            },
            callback: {
                let it = One::of("CrosschqCallback", around);
                crosschq_callback::Handler {
                    customers: Arc::new(it.aws.customers().unwrap()),
                    secrets: it.secrets.clone(),
                    callback: Callback { queue: it.queue(&[IcimsUpdatesQueueUrl]), clock: clock() },
                    clock: Arc::new(SystemClock),
                }
            },
            requester: {
                let it = One::of("ReferenceRequester", around);
                reference_requester::Handler {
                    customers: Arc::new(it.aws.customers().unwrap()),
                    requester: Requester {
                        checks: Arc::new(it.aws.store().unwrap()),
                        ats: it.icims(),
                        provider: it.crosschq(),
                        fingerprints: it.fingerprints(),
                        queue: it.queue(&[IcimsUpdatesQueueUrl, CancellationsQueueUrl]),
                        clock: clock(),
                        memory: Memory::default(),
                    },
                    backoff: it.backoff(),
                }
            },
            updater: {
                let it = One::of("IcimsUpdater", around);
                icims_updater::Handler {
                    customers: Arc::new(it.aws.customers().unwrap()),
                    updater: Updater {
                        checks: Arc::new(it.aws.store().unwrap()),
                        ats: it.icims(),
                        provider: it.crosschq(),
                        fingerprints: it.fingerprints(),
                        clock: clock(),
                        memory: Memory::default(),
                    },
                    backoff: it.backoff(),
                }
            },
            canceller: {
                let it = One::of("RejectionCanceller", around);
                rejection_canceller::Handler {
                    customers: Arc::new(it.aws.customers().unwrap()),
                    canceller: Canceller {
                        checks: Arc::new(it.aws.store().unwrap()),
                        ats: it.icims(),
                        provider: it.crosschq(),
                        queue: it.queue(&[IcimsUpdatesQueueUrl]),
                        clock: clock(),
                    },
                    backoff: it.backoff(),
                }
            },
            reconciler: {
                let it = One::of("Reconciler", around);
                let checks = Arc::new(it.aws.store().unwrap());
                let customers = Arc::new(it.aws.customers().unwrap());
                let queue = it.queue(&[ReferenceRequestsQueueUrl, IcimsUpdatesQueueUrl, CancellationsQueueUrl]);
                reconciler::Handler {
                    reconciler: Reconciler { checks: checks.clone(), queue: queue.clone(), clock: clock() },
                    searcher: Searcher {
                        opted_in: customers.clone(),
                        customers,
                        watermarks: Arc::new(it.aws.watermarks().unwrap()),
                        checks,
                        ats: it.icims(),
                        queue,
                        clock: clock(),
                    },
                }
            },
        }
    }
}

/// One function's clients.
struct One {
    aws: Aws,
    secrets: Arc<connector_core::aws::ManagedSecrets>,
    pipe: Pipe,
}

impl One {
    fn of(logical_id: &str, around: &Surroundings<'_>) -> Self {
        let aws = environment(around.template.function(logical_id).unwrap(), around.endpoint);
        Self { secrets: Arc::new(aws.secrets()), pipe: around.pipe.clone(), aws }
    }

    fn icims(&self) -> Arc<Icims> {
        let tokens = Arc::new(self.aws.tokens().unwrap());
        Arc::new(Icims::new(self.aws.http().clone(), self.secrets.clone(), tokens, Arc::new(SystemClock)))
    }

    fn crosschq(&self) -> Arc<Crosschq> {
        Arc::new(Crosschq::new(self.aws.http().clone(), self.secrets.clone()))
    }

    fn fingerprints(&self) -> Arc<KeyedFingerprints> {
        Arc::new(KeyedFingerprints::new(self.secrets.clone()))
    }

    fn queue(&self, needed: &[Variable]) -> Arc<Sent> {
        Arc::new(Sent { sqs: self.aws.queue(needed).unwrap(), pipe: self.pipe.clone() })
    }

    fn backoff(&self) -> Arc<PutOff> {
        Arc::new(PutOff { sqs: self.aws.backoff().unwrap(), pipe: self.pipe.clone() })
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

/// A message goes to SQS in earnest, where it stays, and is delivered by the pipe.
struct Sent {
    sqs: SqsQueue,
    pipe: Pipe,
}

#[async_trait]
impl Queue for Sent {
    async fn send(&self, message: Envelope<Message>) -> Result<(), Failure> {
        self.sqs.send(message.clone()).await?;
        self.pipe.send(message).await
    }

    async fn send_all(&self, messages: Vec<Envelope<Message>>) -> Result<(), Failure> {
        self.sqs.send_all(messages.clone()).await?;
        self.pipe.send_all(messages).await
    }
}

/// SQS is asked in earnest, and the pipe does it.
struct PutOff {
    sqs: SqsBackoff,
    pipe: Pipe,
}

#[async_trait]
impl Backoff for PutOff {
    async fn put_off(&self, receipt_handle: &str, span: Duration) -> Result<(), Failure> {
        // SQS knows none of the pipe's receipts and says so, but only after the role let the question pass: a refusal by
        // the role is remembered there and ends the story.
        drop(self.sqs.put_off(receipt_handle, span).await);
        self.pipe.put_off(receipt_handle, span).await
    }
}
