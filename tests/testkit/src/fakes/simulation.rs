//! The simulation: the real handlers on the fakes, fed by queues, schedule and callbacks as Lambda would feed them.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use connector_core::aws::Variable;
use connector_core::domain::{CustomerId, RequestId};
use connector_core::ports::{
    Ats, AtsSearch, Backoff, CheckStore, Clock, Customers, OptedIn, Queue, ReferenceProvider, Secrets, Watermarks,
};
use http::StatusCode;
use lambda_http::RequestExt as _;
use lambda_runtime::{Context, LambdaEvent};

use super::crosschq::FakeCrosschq;
use super::customers::{FakeCustomers, FakeSecrets, basic_header, callback_path};
use super::icims::{FakeIcims, GATES, Gates};
use super::queues::{FakeQueues, OneQueue, Waiting};
use super::sim::{Journal, Rng, SimClock};
use super::store::FakeStore;
use super::watermarks::FakeWatermarks;
use crate::wiring::{self, Functions, Ports, Record};

/// The queues with the concurrency of their functions, as in the template.
pub const QUEUES: [(&str, usize); 3] = [("reference-requests", 10), ("icims-updates", 10), ("cancellations", 5)];
/// How long the functions may run, how often one of them is invoked by itself, and how many records it may get at once:
/// what Lambda enforces, as in the template.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub worker: Duration,
    pub webhook: Duration,
    pub reconciler: Duration,
    /// How often the reconciler runs.
    pub schedule: Duration,
    /// Records of a batch.
    pub batch: u64,
}

/// What the simulation enforces.
pub const LIMITS: Limits = Limits {
    worker: Duration::from_secs(30),
    webhook: Duration::from_secs(10),
    reconciler: Duration::from_secs(60),
    schedule: Duration::from_secs(300),
    batch: 10,
};

/// How often invocations are cut, in a thousand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cuts {
    /// A worker dies somewhere in the middle.
    pub worker: u32,
}

/// The fakes that the functions of one history are wired to.
#[derive(Clone)]
pub struct Parts {
    pub store: FakeStore,
    pub icims: FakeIcims,
    pub crosschq: FakeCrosschq,
    pub queues: FakeQueues,
    pub customers: FakeCustomers,
    pub secrets: FakeSecrets,
    /// How far missed pushes were looked for.
    pub watermarks: Arc<FakeWatermarks>,
    pub clock: SimClock,
    pub journal: Journal,
    pub rng: Rng,
}

impl Ports for Parts {
    fn customers(&self) -> Arc<dyn Customers> {
        Arc::new(self.customers.clone())
    }

    fn opted_in(&self) -> Arc<dyn OptedIn> {
        Arc::new(self.customers.clone())
    }

    fn secrets(&self) -> Arc<dyn Secrets> {
        Arc::new(self.secrets.clone())
    }

    fn checks(&self) -> Arc<dyn CheckStore> {
        Arc::new(self.store.clone())
    }

    fn watermarks(&self) -> Arc<dyn Watermarks> {
        self.watermarks.clone()
    }

    fn ats(&self) -> Arc<dyn Ats> {
        Arc::new(self.icims.clone())
    }

    fn ats_search(&self) -> Arc<dyn AtsSearch> {
        Arc::new(self.icims.clone())
    }

    fn provider(&self) -> Arc<dyn ReferenceProvider> {
        Arc::new(self.crosschq.clone())
    }

    fn queue(&self, _: &[Variable]) -> Arc<dyn Queue> {
        Arc::new(self.queues.clone())
    }

    fn backoff(&self, name: &'static str) -> Arc<dyn Backoff> {
        Arc::new(OneQueue { queues: self.queues.clone(), name })
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.clock)
    }
}

/// The functions on the fakes.
pub struct Simulation {
    parts: Parts,
    cuts: Cuts,
    functions: Functions,
}

impl Deref for Simulation {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl Simulation {
    /// Wires the handlers to the fakes.
    pub fn new(parts: Parts, cuts: Cuts) -> Arc<Self> {
        let functions = Functions::new(|_| parts.clone());
        Arc::new(Self { functions, parts, cuts })
    }

    /// Starts what Lambda does by itself: pollers of the queues and the schedule.
    pub fn start(self: &Arc<Self>) {
        for (queue, concurrency) in QUEUES {
            let simulation = self.clone();
            tokio::spawn(async move { simulation.poll(queue, concurrency).await });
        }
        let simulation = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LIMITS.schedule).await;
                if simulation.store.any_due(simulation.clock.now()) || simulation.customers.any_opted_in() {
                    simulation.reconcile().await;
                }
            }
        });
    }

    async fn poll(self: Arc<Self>, queue: &'static str, concurrency: usize) {
        loop {
            let stirred = self.queues.stirred.notified();
            let batch = self.queues.receive(queue, self.rng.between(1, LIMITS.batch) as usize, concurrency);
            if !batch.is_empty() {
                let simulation = self.clone();
                tokio::spawn(async move {
                    let handled = simulation.invoke(queue, &batch).await;
                    simulation.queues.done(queue, &handled);
                });
                continue;
            }
            let next = self.queues.next_visible(queue).filter(|at| *at > self.clock.now());
            match next {
                Some(at) => {
                    // Either will do.
                    let _ = tokio::time::timeout(at.since(self.clock.now()), stirred).await;
                }
                None => stirred.await,
            }
        }
    }

    /// Invokes a queue's function; returns which records were handled. Cut at its deadline, or before.
    async fn invoke(&self, queue: &'static str, batch: &[Waiting]) -> Vec<u64> {
        let records: Vec<_> = batch
            .iter()
            .map(|message| Record { id: message.id, body: &message.body, receives: message.receives })
            .collect();
        let deadline = self.clock.now().after(LIMITS.worker);
        let span = if self.rng.chance(self.cuts.worker) { self.rng.ms(1, 3_000) } else { LIMITS.worker };
        let work = self.functions.workers.invoke(queue, &records, deadline);
        let Ok(Ok(response)) = tokio::time::timeout(span, GATES.scope(Gates::default(), work)).await else {
            self.journal.note(format_args!("cut {queue}"));
            if span == LIMITS.worker {
                self.journal.met().note("worker out of time");
            }
            return Vec::new();
        };
        let failed: Vec<String> = response.batch_item_failures.into_iter().map(|item| item.item_identifier).collect();
        batch.iter().map(|message| message.id).filter(|id| !failed.contains(&id.to_string())).collect()
    }

    /// One run of the reconciler.
    pub async fn reconcile(&self) {
        let mut context = wiring::context(self.clock.now().after(LIMITS.reconciler));
        context.request_id = "schedule".to_owned();
        let event: EventBridgeEvent = EventBridgeEvent::default();
        let run = self.functions.reconciler.handle(LambdaEvent::new(event, context));
        // What a run leaves, the next one does.
        if tokio::time::timeout(LIMITS.reconciler, GATES.scope(Gates::default(), run)).await.is_err() {
            self.journal.note(format_args!("cut reconciler"));
        }
    }

    fn webhook_context(&self) -> Context {
        wiring::context(self.clock.now().after(LIMITS.webhook))
    }

    /// iCIMS pushes a status change; what the recruiter sees: the status, and the sentence.
    pub async fn push(&self, customer: &CustomerId, body: &serde_json::Value) -> (StatusCode, String) {
        let request = http::Request::post("https://api.example.com/icims/events")
            .header("authorization", basic_header(self.secrets.sent(customer)))
            .header("content-type", "application/json")
            .body(lambda_http::Body::Text(body.to_string()))
            .unwrap()
            .with_raw_http_path("/icims/events")
            .with_lambda_context(self.webhook_context());
        let answer = tokio::time::timeout(LIMITS.webhook, self.functions.webhook.handle(request)).await;
        let (status, text) = match answer {
            Ok(answer) => {
                let status = answer.status();
                (status, String::from_utf8_lossy(answer.body().as_ref()).into_owned())
            }
            Err(_) => {
                self.journal.met().note("webhook out of time");
                (StatusCode::GATEWAY_TIMEOUT, String::new())
            }
        };
        self.journal.note(format_args!("push {body} -> {status} {text}"));
        (status, text)
    }

    pub async fn call_back(&self, customer: &CustomerId, request: &RequestId) -> StatusCode {
        let (path, token) = callback_path(self.secrets.sent(customer));
        let mut parameters = std::collections::HashMap::new();
        parameters.insert("customer".to_owned(), vec![customer.to_string()]);
        parameters.insert("secret".to_owned(), vec![path]);
        let call = http::Request::post("https://api.example.com/crosschq/callbacks")
            .header("authorization", token)
            .body(lambda_http::Body::Text(format!(r#"{{"id":"{request}"}}"#)))
            .unwrap()
            .with_path_parameters(parameters)
            .with_lambda_context(self.webhook_context());
        let answer = tokio::time::timeout(LIMITS.webhook, self.functions.callback.handle(call)).await;
        let status = answer.map_or(StatusCode::GATEWAY_TIMEOUT, |answer| answer.status());
        self.journal.note(format_args!("callback {request} -> {status}"));
        status
    }
}
