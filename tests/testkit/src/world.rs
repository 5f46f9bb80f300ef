//! The world of a story.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use connector_core::aws::{Aws, Config, SystemClock};
use connector_core::crosschq::Crosschq;
use connector_core::domain::{Check, CorrelationId, CustomerId, Timestamp, WorkflowId};
use connector_core::failure::Failure;
use connector_core::flows::{Reconciled, Searched};
use connector_core::icims::Icims;
use connector_core::ports::{Ats, CheckStore, Clock, Customers, ReferenceProvider, Secrets};
use lambda_runtime::{Context, LambdaEvent};
use local::aws::{AwsOptions, AwsServer};
use local::aws_call::AwsCalls;
use local::demo::{Endpoints, Variant};
use local::template::Template;
use sandbox::control::Control;
use sandbox::world::Demo;
use sandbox::{Sandbox, SandboxOptions};

use crate::functions::{Functions, Surroundings};
use crate::pipe::{Delivery, Pipe};

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
    /// Skips time.
    pub fn skip(&self, span: Duration) {
        self.ahead_ms.fetch_add(span.as_millis() as i64, Ordering::SeqCst);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(SystemClock.now().ms() + self.ahead_ms.load(Ordering::SeqCst))
    }
}

/// How a story begins.
#[derive(Debug, Clone, Default)]
pub struct WorldOptions {
    /// The customer's variant.
    pub variant: Variant,
    /// Changes to the record `settings`, as a JSON merge patch.
    pub settings: Option<serde_json::Value>,
}

/// Everything a story needs.
pub struct World {
    /// The sandbox's control plane.
    pub control: Control,
    /// The ids of the demo world.
    pub demo: Demo,
    /// The queues.
    pub pipe: Pipe,
    /// The clock of the flows.
    pub clock: Arc<StoryClock>,
    /// The checks.
    pub checks: Arc<dyn CheckStore>,
    /// The connector's own HTTP address.
    pub api: String,
    /// iCIMS, as the functions reach it.
    pub ats: Arc<dyn Ats>,
    /// Crosschq, as the functions reach it.
    pub provider: Arc<dyn ReferenceProvider>,
    /// Settings and templates.
    pub customers: Arc<dyn Customers>,
    /// The local AWS. It holds every function to its role in template.yaml.
    pub aws: AwsServer,
    functions: Arc<Functions>,
    _sandbox: Sandbox,
    _front: tokio::task::JoinHandle<()>,
}

/// A function that called what its role does not allow would be refused on AWS, whatever the story makes of it.
impl Drop for World {
    fn drop(&mut self) {
        let denied = self.aws.denied();
        assert!(denied.is_empty() || std::thread::panicking(), "roles in template.yaml are too narrow: {denied:#?}");
    }
}

impl World {
    /// Begins a story in the demo world.
    pub async fn begin(options: WorldOptions) -> Self {
        let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
        let aws = AwsServer::start(AwsOptions { port: 0, data_dir: None }).await.unwrap();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());

        let template_file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        let context = local::template::resolve::Context::local(aws.endpoint_url());
        let template = Template::read_file(&template_file, &context).unwrap();
        let calls = AwsCalls::new(aws.endpoint_url()).unwrap();
        local::provision::provision(&calls, &template).await.unwrap();
        let place = Endpoints {
            api: api.clone(),
            aws_endpoint: aws.endpoint_url().to_owned(),
            icims: sandbox.icims_url().to_owned(),
            crosschq: sandbox.crosschq_url().to_owned(),
            customers_table: template.table("CustomersTable").unwrap().name.clone(),
            secrets_prefix: "crosschq-connector".to_owned(),
        };
        let demo = local::demo::seed::seed_customer(&place, options.variant, true).await.unwrap();
        if let Some(patch) = &options.settings {
            local::demo::seed::change_settings(&place, options.variant, &demo, patch).await.unwrap();
        }

        let clock = Arc::new(StoryClock::default());
        let pipe = Pipe::new(clock.clone());
        let table = |id: &str| template.table(id).unwrap().name.clone();
        // Who tells the story may do everything.
        let teller = Aws::new(Config::from_lookup(|name| match name {
            "CHECKS_TABLE" => Some(table("ChecksTable")),
            "CUSTOMERS_TABLE" => Some(table("CustomersTable")),
            "TOKENS_TABLE" => Some(table("TokensTable")),
            "AWS_ENDPOINT_URL" => Some(aws.endpoint_url().to_owned()),
            "AWS_REGION" => Some("us-east-1".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
            _ => None,
        }))
        .unwrap();
        let checks: Arc<dyn CheckStore> = Arc::new(teller.store().unwrap());
        let customers: Arc<dyn Customers> = Arc::new(teller.customers().unwrap());
        let secrets: Arc<dyn Secrets> = Arc::new(teller.secrets());
        let tokens = Arc::new(teller.tokens().unwrap());
        let ats: Arc<dyn Ats> =
            Arc::new(Icims::new(teller.http().clone(), secrets.clone(), tokens, Arc::new(SystemClock)));
        let provider: Arc<dyn ReferenceProvider> = Arc::new(Crosschq::new(teller.http().clone(), secrets));
        let around =
            Surroundings { template: &template, endpoint: aws.endpoint_url(), pipe: &pipe, clock: clock.clone() };
        let functions = Arc::new(Functions::new(&around));
        let front = tokio::spawn(serve(listener, functions.clone()));
        Self {
            control: sandbox.control(),
            demo,
            pipe,
            clock,
            checks,
            api,
            ats,
            provider,
            customers,
            aws,
            functions,
            _sandbox: sandbox,
            _front: front,
        }
    }

    /// Delivers one round of what is visible, each queue's messages as one batch; tells how many there were.
    pub async fn deliver(&self) -> usize {
        let mut delivered = 0;
        for queue in ["reference-requests", "cancellations", "icims-updates"] {
            let batch = self.pipe.take(queue);
            delivered += batch.len();
            self.deliver_batch(queue, batch).await;
        }
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
        let records = batch.iter().map(|delivery| {
            let mut record = SqsMessage::default();
            record.message_id = Some(delivery.id.to_string());
            record.receipt_handle = Some(delivery.id.to_string());
            record.body = Some(delivery.body.clone());
            record.attributes.insert("ApproximateReceiveCount".to_owned(), delivery.receives.to_string());
            record
        });
        let mut event = SqsEvent::default();
        event.records = records.collect();
        let mut context = Context::default();
        context.deadline = self.clock.now().after(WORKER_TIME).ms() as u64;
        let event = LambdaEvent::new(event, context);
        match queue {
            "reference-requests" => self.functions.requester.handle(event).await,
            "cancellations" => self.functions.canceller.handle(event).await,
            "icims-updates" => self.functions.updater.handle(event).await,
            other => panic!("no queue {other}"),
        }
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
        let deadline = self.clock.now().after(Duration::from_secs(60));
        self.functions.reconciler.reconciler.reconcile(&CorrelationId::untraced(), deadline).await.unwrap()
    }

    /// One run of the reconciler's look for missed pushes.
    pub async fn search(&self) -> Searched {
        let deadline = self.clock.now().after(SCHEDULE_TIME);
        self.functions.reconciler.searcher.search(&CorrelationId::untraced(), deadline).await.unwrap()
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

    /// What the recruiter sees.
    pub async fn recruiter_view(&self, workflow: u64) -> sandbox::control::types::RecruiterView {
        self.control.icims(&self.demo.customer).view(workflow).await.unwrap()
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
        .with_lambda_context(Context::default());
    let response =
        if icims { functions.webhook.handle(request).await } else { functions.callback.handle(request).await };
    response.map(|body| axum::body::Body::from(body.as_ref().to_vec()))
}
