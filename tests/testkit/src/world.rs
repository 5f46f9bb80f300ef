//! The world of a story.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use aws_lambda_events::event::sqs::SqsBatchResponse;
use connector_core::aws::SystemClock;
use connector_core::crosschq::Crosschq;
use connector_core::domain::{Check, CorrelationId, CustomerId, Timestamp, WorkflowId};
use connector_core::failure::Failure;
use connector_core::flows::{BackfillReport, Reconciled};
use connector_core::icims::Icims;
use connector_core::ports::{Ats, CheckStore, Clock, Customers, ReferenceProvider, Secrets};
use local::demo::Variant;
use sandbox::world::Demo;

use crate::env::TestEnv;
use crate::functions::{self, FunctionDeps};
use crate::instrument::RunClock;
use crate::pipe::{Delivery, Pipe};
use crate::wiring::Functions;

/// How often a message is received before it is buried, as in the template.
const MAX_RECEIVES: u32 = 10;
/// A Lambda's time, as in the template.
const WORKER_TIME: Duration = Duration::from_secs(30);
/// The reconciler's time, as in the template.
const SCHEDULE_TIME: Duration = Duration::from_secs(60);

/// The machine's clock, and how far the story has skipped ahead of it.
#[derive(Default)]
pub struct StoryClock {
    ahead_ms: AtomicI64,
}

impl StoryClock {
    /// Begins this far behind the machine's clock, and so behind the sandbox: what Crosschq makes is not older than what
    /// caused it, though a run skips hours.
    pub fn behind(span: Duration) -> Self {
        Self { ahead_ms: AtomicI64::new(-(span.as_millis() as i64)) }
    }

    pub fn skip(&self, span: Duration) {
        self.ahead_ms.fetch_add(span.as_millis() as i64, Ordering::SeqCst);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(SystemClock.now().ms() + self.ahead_ms.load(Ordering::SeqCst))
    }
}

#[async_trait]
impl RunClock for StoryClock {
    async fn pass(&self, span: Duration) {
        self.skip(span);
    }
}

/// How a story begins.
#[derive(Debug, Clone, Default)]
pub struct WorldOptions {
    pub variant: Variant,
    /// Changes to the record `settings`, as a JSON merge patch.
    pub settings: Option<serde_json::Value>,
}

/// Everything a story needs.
pub struct World {
    env: TestEnv,
    /// The ids of the demo world.
    pub demo: Demo,
    pub pipe: Pipe,
    /// The clock of the flows.
    pub clock: Arc<StoryClock>,
    pub checks: Arc<dyn CheckStore>,
    /// iCIMS, as the functions reach it.
    pub ats: Arc<dyn Ats>,
    /// Crosschq, as the functions reach it.
    pub provider: Arc<dyn ReferenceProvider>,
    pub customers: Arc<dyn Customers>,
    functions: Arc<Functions>,
    _front: tokio::task::JoinHandle<()>,
}

impl std::ops::Deref for World {
    type Target = TestEnv;

    fn deref(&self) -> &TestEnv {
        &self.env
    }
}

/// A function that called what its role does not allow would be refused on AWS, whatever the story makes of it.
impl Drop for World {
    fn drop(&mut self) {
        let denied = self.aws.denied();
        assert!(denied.is_empty() || std::thread::panicking(), "roles in template.yaml are too narrow: {denied:#?}");
    }
}

impl World {
    /// Begins a story in the demo world, with its customer's settings changed by a JSON merge patch.
    pub async fn with_settings(patch: serde_json::Value) -> Self {
        Self::begin(WorldOptions { settings: Some(patch), ..WorldOptions::default() }).await
    }

    /// Begins a story in the demo world.
    pub async fn begin(options: WorldOptions) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let env = TestEnv::start(&format!("http://{}", listener.local_addr().unwrap())).await;
        let demo = local::demo::seed::seed_customer(&env.place, options.variant, true).await.unwrap();
        if let Some(patch) = &options.settings {
            local::demo::seed::change_settings(&env.place, options.variant, &demo, patch).await.unwrap();
        }

        let clock = Arc::new(StoryClock::default());
        let pipe = Pipe::new(clock.clone());
        let admin = env.admin();
        let checks: Arc<dyn CheckStore> = Arc::new(admin.store().unwrap());
        let customers: Arc<dyn Customers> = Arc::new(admin.customers().unwrap());
        let secrets: Arc<dyn Secrets> = Arc::new(admin.secrets());
        let tokens = Arc::new(admin.tokens().unwrap());
        let ats: Arc<dyn Ats> =
            Arc::new(Icims::new(admin.http().clone(), secrets.clone(), tokens, Arc::new(SystemClock)));
        let provider: Arc<dyn ReferenceProvider> = Arc::new(Crosschq::new(admin.http().clone(), secrets));
        let deps = FunctionDeps {
            template: &env.template,
            endpoint: env.aws.endpoint_url(),
            pipe: &pipe,
            clock: clock.clone(),
        };
        let functions = Arc::new(functions::functions(&deps));
        let front = tokio::spawn(serve(listener, functions.clone()));
        Self { env, demo, pipe, clock, checks, ats, provider, customers, functions, _front: front }
    }

    /// Delivers one round of what is visible, each queue's messages as one batch; returns how many there were.
    pub async fn deliver(&self) -> usize {
        let mut delivered = 0;
        for queue in ["reference-requests", "cancellations", "icims-updates"] {
            delivered += self.deliver_from(queue).await;
        }
        delivered
    }

    /// Delivers what is visible in one queue, as one batch; returns how many messages there were.
    pub async fn deliver_from(&self, queue: &str) -> usize {
        let batch = self.pipe.take(queue);
        let delivered = batch.len();
        self.deliver_batch(queue, batch).await;
        delivered
    }

    /// Delivers these messages as one batch, and gives back or buries what failed.
    pub async fn deliver_batch(&self, queue: &str, mut batch: Vec<Delivery>) {
        if batch.is_empty() {
            return;
        }
        for delivery in &mut batch {
            delivery.receives += 1;
        }
        let response = self.invoke(queue, &batch).await.unwrap();
        let failed: Vec<String> = response.batch_item_failures.into_iter().map(|item| item.item_identifier).collect();
        for delivery in batch {
            if failed.contains(&delivery.id.to_string()) {
                self.pipe.give_back(delivery, MAX_RECEIVES);
            }
        }
    }

    /// Invokes a queue's function with these messages.
    pub async fn invoke(&self, queue: &str, batch: &[Delivery]) -> Result<SqsBatchResponse, Failure> {
        let records: Vec<_> = batch.iter().map(Delivery::record).collect();
        self.functions.workers.invoke(queue, &records, self.clock.now().after(WORKER_TIME)).await
    }

    /// Delivers until nothing waits, skipping time to the next visible message, `limit` at most.
    pub async fn settle_within(&self, limit: Duration) {
        let end = self.clock.now().after(limit);
        loop {
            while self.deliver().await > 0 {}
            match self.pipe.next_visible() {
                Some(at) if at <= end => self.clock.skip(at.since(self.clock.now()) + Duration::from_millis(1)),
                _ => return,
            }
        }
    }

    /// Delivers until nothing waits, within an hour of the story.
    pub async fn settle(&self) {
        self.settle_within(Duration::from_secs(3600)).await;
    }

    /// One run of the reconciler.
    pub async fn reconcile(&self) -> Reconciled {
        let deadline = self.clock.now().after(SCHEDULE_TIME);
        self.functions.reconciler.reconciler.reconcile(&CorrelationId::untraced(), deadline).await.unwrap()
    }

    /// One run of the reconciler's look for missed pushes.
    pub async fn search(&self) -> BackfillReport {
        let deadline = self.clock.now().after(SCHEDULE_TIME);
        self.functions.reconciler.backfill.run(&CorrelationId::untraced(), deadline).await.unwrap()
    }

    /// Time passes for everybody: for the functions, and at both vendors.
    pub async fn pass(&self, span: Duration) {
        self.clock.skip(span);
        self.control.advance_clock(span.as_millis() as i64).await.unwrap();
    }

    /// The latest check of a workflow.
    pub async fn check(&self, workflow: u64) -> Option<Check> {
        let customer = CustomerId::parse(&self.demo.customer).unwrap();
        self.checks.latest(&customer, &WorkflowId::parse(workflow.to_string()).unwrap()).await.unwrap()
    }

    /// How many reference requests Crosschq holds.
    pub async fn requests(&self) -> Vec<sandbox::control::types::RequestView> {
        self.control.crosschq(&self.demo.org).requests().await.unwrap()
    }

    /// How many creates reached Crosschq, refused ones included.
    pub async fn creates(&self) -> u64 {
        self.control.crosschq_side().requests("POST", "*/reference-request/").await.unwrap().count as u64
    }
}

/// The HTTP front of a story: API Gateway's events, made by the local run's own front, into the two webhooks.
async fn serve(listener: tokio::net::TcpListener, functions: Arc<Functions>) {
    let app = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let functions = functions.clone();
        async move { answer(&functions, request).await }
    });
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await.unwrap();
}

async fn answer(functions: &Functions, request: axum::extract::Request) -> axum::response::Response {
    use lambda_http::RequestExt;

    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let path = parts.uri.path().to_owned();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let mut parameters = std::collections::HashMap::new();
    let icims = match segments.as_slice() {
        ["icims", "events"] | ["icims", "oauth", "token"] => true,
        ["icims", "events", secret] => {
            parameters.insert("secret".to_owned(), vec![(*secret).to_owned()]);
            true
        }
        ["crosschq", "callbacks", customer, secret] => {
            parameters.insert("customer".to_owned(), vec![(*customer).to_owned()]);
            parameters.insert("secret".to_owned(), vec![(*secret).to_owned()]);
            false
        }
        _ => panic!("no route {path}"),
    };
    let request = http::Request::from_parts(parts, lambda_http::Body::Binary(body.to_vec()))
        .with_raw_http_path(path)
        .with_path_parameters(parameters)
        .with_lambda_context(lambda_runtime::Context::default());
    let response =
        if icims { functions.webhook.handle(request).await } else { functions.callback.handle(request).await };
    response.map(|body| axum::body::Body::from(body.as_ref().to_vec()))
}
