//! The one wiring of the six functions for every proof: each as its `main` does it, from whatever ports a proof has.

use std::sync::Arc;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use connector_core::aws::Variable;
use connector_core::domain::{Envelope, Message, Timestamp};
use connector_core::failure::Failure;
use connector_core::flows::{Callback, Canceller, EventBackfill, Memory, Receiver, Reconciler, Requester, Updater};
use connector_core::ports::{
    Ats, AtsSearch, Backoff, CheckStore, Clock, Customers, Fingerprints, OptedIn, Queue, ReferenceProvider, Secrets,
    Watermarks,
};
use lambda_runtime::{Context, LambdaEvent};

use crate::fakes::PlainFingerprints;

use Variable::{CancellationsQueueUrl, IcimsUpdatesQueueUrl, ReferenceRequestsQueueUrl};

const RECONCILER_QUEUES: &[Variable] = &[ReferenceRequestsQueueUrl, IcimsUpdatesQueueUrl, CancellationsQueueUrl];

/// The ports of one function. Each is made when it is wired, so that a function of a story is given nothing that its
/// role does not allow. Those with a default are not part of every proof.
pub trait Ports {
    fn customers(&self) -> Arc<dyn Customers>;
    fn opted_in(&self) -> Arc<dyn OptedIn> {
        unimplemented!("no flow of this proof needs it")
    }
    fn secrets(&self) -> Arc<dyn Secrets> {
        unimplemented!("no flow of this proof needs it")
    }
    fn checks(&self) -> Arc<dyn CheckStore>;
    fn watermarks(&self) -> Arc<dyn Watermarks> {
        unimplemented!("no flow of this proof needs it")
    }
    fn ats(&self) -> Arc<dyn Ats>;
    fn ats_search(&self) -> Arc<dyn AtsSearch> {
        unimplemented!("no flow of this proof needs it")
    }
    fn provider(&self) -> Arc<dyn ReferenceProvider>;
    fn fingerprints(&self) -> Arc<dyn Fingerprints> {
        Arc::new(PlainFingerprints)
    }
    /// Sends to these queues and to no others.
    fn queue(&self, needed: &[Variable]) -> Arc<dyn Queue>;
    /// Changes the visibility of the messages of this queue.
    fn backoff(&self, queue: &'static str) -> Arc<dyn Backoff>;
    fn clock(&self) -> Arc<dyn Clock>;
    /// The clock by which credentials expire, where a proof skips the flows' own ahead.
    fn wall_clock(&self) -> Arc<dyn Clock> {
        self.clock()
    }
}

/// The webhook's flow: what `icims-webhook` does once a push is authenticated.
pub fn receiver(ports: &dyn Ports) -> Receiver {
    Receiver {
        checks: ports.checks(),
        ats: ports.ats(),
        provider: ports.provider(),
        queue: ports.queue(&[ReferenceRequestsQueueUrl, CancellationsQueueUrl]),
        clock: ports.clock(),
    }
}

/// The callback's flow: what `crosschq-callback` does once a callback is authenticated.
pub fn callback(ports: &dyn Ports) -> Callback {
    Callback { queue: ports.queue(&[IcimsUpdatesQueueUrl]), clock: ports.clock() }
}

pub fn icims_webhook(ports: &dyn Ports) -> icims_webhook::Handler {
    icims_webhook::Handler {
        customers: ports.customers(),
        secrets: ports.secrets(),
        receiver: receiver(ports),
        clock: ports.wall_clock(),
    }
}

pub fn crosschq_callback(ports: &dyn Ports) -> crosschq_callback::Handler {
    crosschq_callback::Handler {
        customers: ports.customers(),
        secrets: ports.secrets(),
        callback: callback(ports),
        clock: ports.wall_clock(),
    }
}

pub fn reference_requester(ports: &dyn Ports) -> reference_requester::Handler {
    reference_requester::Handler {
        customers: ports.customers(),
        requester: Requester {
            checks: ports.checks(),
            ats: ports.ats(),
            provider: ports.provider(),
            fingerprints: ports.fingerprints(),
            queue: ports.queue(&[IcimsUpdatesQueueUrl, CancellationsQueueUrl]),
            clock: ports.clock(),
            memory: Memory::default(),
        },
        backoff: ports.backoff("reference-requests"),
    }
}

pub fn icims_updater(ports: &dyn Ports) -> icims_updater::Handler {
    icims_updater::Handler {
        customers: ports.customers(),
        updater: Updater {
            checks: ports.checks(),
            ats: ports.ats(),
            provider: ports.provider(),
            fingerprints: ports.fingerprints(),
            clock: ports.clock(),
            memory: Memory::default(),
        },
        backoff: ports.backoff("icims-updates"),
    }
}

pub fn rejection_canceller(ports: &dyn Ports) -> rejection_canceller::Handler {
    rejection_canceller::Handler {
        customers: ports.customers(),
        canceller: Canceller {
            checks: ports.checks(),
            ats: ports.ats(),
            provider: ports.provider(),
            queue: ports.queue(&[IcimsUpdatesQueueUrl]),
            clock: ports.clock(),
        },
        backoff: ports.backoff("cancellations"),
    }
}

/// The first half of `reconciler`: checks that are due.
pub fn due_checks(ports: &dyn Ports) -> Reconciler {
    Reconciler { checks: ports.checks(), queue: ports.queue(RECONCILER_QUEUES), clock: ports.clock() }
}

pub fn reconciler(ports: &dyn Ports) -> reconciler::Handler {
    reconciler::Handler {
        reconciler: due_checks(ports),
        backfill: EventBackfill {
            opted_in: ports.opted_in(),
            customers: ports.customers(),
            watermarks: ports.watermarks(),
            checks: ports.checks(),
            ats: ports.ats_search(),
            queue: ports.queue(RECONCILER_QUEUES),
            clock: ports.clock(),
        },
    }
}

/// The three functions that queues feed.
pub struct Workers {
    pub requester: reference_requester::Handler,
    pub updater: icims_updater::Handler,
    pub canceller: rejection_canceller::Handler,
}

impl Workers {
    pub fn new(ports: &dyn Ports) -> Self {
        Self {
            requester: reference_requester(ports),
            updater: icims_updater(ports),
            canceller: rejection_canceller(ports),
        }
    }
}

pub struct Functions {
    pub webhook: icims_webhook::Handler,
    pub callback: crosschq_callback::Handler,
    pub workers: Workers,
    pub reconciler: reconciler::Handler,
}

impl Functions {
    /// Wires each to the ports of its own, by its logical id in the template.
    pub fn new<P: Ports>(ports: impl Fn(&str) -> P) -> Self {
        Self {
            webhook: icims_webhook(&ports("IcimsWebhook")),
            callback: crosschq_callback(&ports("CrosschqCallback")),
            workers: Workers {
                requester: reference_requester(&ports("ReferenceRequester")),
                updater: icims_updater(&ports("IcimsUpdater")),
                canceller: rejection_canceller(&ports("RejectionCanceller")),
            },
            reconciler: reconciler(&ports("Reconciler")),
        }
    }
}

/// A message as the event source mapping hands it over; its id is its receipt handle too.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    pub id: u64,
    pub body: &'a str,
    pub receives: u32,
}

impl Workers {
    /// Invokes a queue's function with these messages.
    ///
    /// # Errors
    /// What the function fails with as a whole.
    pub async fn invoke(
        &self,
        queue: &str,
        records: &[Record<'_>],
        deadline: Timestamp,
    ) -> Result<SqsBatchResponse, Failure> {
        let event = event(records, deadline);
        match queue {
            "reference-requests" => self.requester.handle(event).await,
            "cancellations" => self.canceller.handle(event).await,
            "icims-updates" => self.updater.handle(event).await,
            other => panic!("no queue {other}"),
        }
    }
}

/// A message as its queue carries it: the queue, and the body.
pub(crate) fn queued(envelope: Envelope<Message>) -> Result<(&'static str, String), Failure> {
    let Envelope { schema, customer, correlation_id, message } = envelope;
    let (queue, body) = match message {
        Message::Order(message) => {
            ("reference-requests", serde_json::to_string(&Envelope { schema, customer, correlation_id, message }))
        }
        Message::Cancellation(message) => {
            ("cancellations", serde_json::to_string(&Envelope { schema, customer, correlation_id, message }))
        }
        Message::Update(message) => {
            ("icims-updates", serde_json::to_string(&Envelope { schema, customer, correlation_id, message }))
        }
    };
    Ok((queue, body.map_err(|error| Failure::bug(error.to_string()))?))
}

/// The event with these messages, for an invocation that ends at its deadline.
pub fn event(records: &[Record<'_>], deadline: Timestamp) -> LambdaEvent<SqsEvent> {
    let messages = records.iter().map(|record| {
        let mut message = SqsMessage::default();
        message.message_id = Some(record.id.to_string());
        message.receipt_handle = Some(record.id.to_string());
        message.body = Some(record.body.to_owned());
        message.attributes.insert("ApproximateReceiveCount".to_owned(), record.receives.to_string());
        message
    });
    let mut event = SqsEvent::default();
    event.records = messages.collect();
    LambdaEvent::new(event, context(deadline))
}

/// The context of an invocation that ends at its deadline.
pub fn context(deadline: Timestamp) -> Context {
    let mut context = Context::default();
    context.deadline = deadline.ms() as u64;
    context
}
