//! A simulation in good order, for stories that break one thing.

use std::sync::Arc;
use std::time::Duration;

use connector_core::domain::{
    Actor, Candidate, Check, CorrelationId, Customer, CustomerId, Email, Name, Order, PersonId, RequestId,
    RequisitionId, Staff, Stamp, StatusId, Timestamp, WorkflowId,
};
use connector_core::ports::Clock as _;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use super::crosschq::{CrosschqBehavior, FakeCrosschq};
use super::customers::{FakeCustomers, FakeSecrets};
use super::fingerprints::plain;
use super::icims::FakeIcims;
use super::line::{Kind, Line, Window};
use super::queues::{FakeQueues, QueueFaults};
use super::sim::{Journal, Rng, SimClock};
use super::simulation::{Cuts, Parts, Simulation};
use super::store::{FakeStore, StoreFaults};

pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(3_600);
pub const DAY: Duration = Duration::from_secs(86_400);

/// A Monday morning.
const BEGAN_MS: i64 = 1_772_442_000_000;

/// Messages that no story comes near to.
const MOST_MESSAGES: u64 = 20_000;

/// How the vendors of a bench behave.
#[derive(Debug, Clone)]
pub struct BenchOptions {
    /// Whether Crosschq honors idempotency keys.
    pub idempotent: bool,
    /// Whether Crosschq reports when a request was created.
    pub reports_age: bool,
    /// How long requests live, in minutes.
    pub life_min: (u64, u64),
    /// Seed of what chance is left.
    pub seed: u64,
    /// Whether Crosschq calls back.
    pub callbacks: bool,
    /// Usual latency of iCIMS in milliseconds.
    pub icims_ms: (u64, u64),
    /// Usual latency of Crosschq in milliseconds.
    pub crosschq_ms: (u64, u64),
    /// How often invocations are cut.
    pub cuts: Cuts,
}

impl Default for BenchOptions {
    fn default() -> Self {
        Self {
            idempotent: true,
            reports_age: true,
            life_min: (5_000, 5_000),
            seed: 1,
            callbacks: true,
            icims_ms: (20, 150),
            crosschq_ms: (30, 250),
            cuts: Cuts::default(),
        }
    }
}

/// A simulation and the handles to break it.
pub struct Bench {
    pub simulation: Arc<Simulation>,
}

fn settings(patch: &Value) -> Value {
    let mut settings = json!({
        "enabled": true,
        "crosschq": {"callback_auth": "token", "capabilities": {"search": false, "cancel": true}},
        "icims": {
            "region": "us",
            "push": {"accept": ["basic"]},
            "statuses": {"trigger": ["C1"], "rejected": ["C2"], "withdrawn": ["C3"]},
        },
    });
    merge(&mut settings, patch);
    settings
}

fn merge(into: &mut Value, patch: &Value) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, patch) => *into = patch.clone(),
    }
}

/// Runs a story on its own paused runtime.
pub fn story<T>(steps: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(steps)
}

impl Bench {
    /// A simulation in good order, running.
    pub fn start(options: &BenchOptions) -> Self {
        // The backoff's jitter.
        fastrand::seed(1);
        let rng = Rng::new(options.seed);
        let clock = SimClock::begin(Timestamp::from_ms(BEGAN_MS));
        let journal = Journal::new(clock, std::env::var("STORY_LINES").is_ok());
        let secrets = FakeSecrets::new(rng.clone(), clock);
        let line = |latency| Line::new(rng.clone(), clock, latency, 0);
        let behavior = CrosschqBehavior {
            idempotent: options.idempotent,
            reports_age: options.reports_age,
            life_min: Some(options.life_min),
            ..CrosschqBehavior::default()
        };
        let (crosschq, changes) =
            FakeCrosschq::new(line(options.crosschq_ms), behavior, rng.clone(), clock, journal.clone());
        let queue_faults = QueueFaults { most: Some(MOST_MESSAGES), ..QueueFaults::default() };
        let parts = Parts {
            store: FakeStore::new(StoreFaults::default(), rng.clone(), clock, journal.clone()),
            icims: FakeIcims::new(line(options.icims_ms), secrets.clone(), clock, journal.clone()),
            crosschq,
            queues: FakeQueues::new(queue_faults, rng.clone(), clock, journal.clone()),
            customers: FakeCustomers::new(rng.clone(), clock),
            secrets,
            watermarks: Arc::default(),
            clock,
            journal,
            rng,
        };
        let simulation = Simulation::new(parts, options.cuts);
        simulation.start();
        let callbacks = options.callbacks;
        tokio::spawn(call_back(simulation.clone(), changes, callbacks));
        Self { simulation }
    }

    /// A simulation with one customer and its only candidate.
    pub fn one(options: &BenchOptions, settings: &Value) -> (Self, CustomerId, WorkflowId) {
        let bench = Self::start(options);
        let customer = bench.customer("1", settings);
        let workflow = bench.candidate(&customer, 1);
        (bench, customer, workflow)
    }

    /// iCIMS has this fault from now on, for a while.
    pub fn icims_fails(&self, kind: Kind, span: Duration) {
        self.simulation.icims.line().trouble(self.window(kind, span));
    }

    /// Crosschq has this fault from now on, for a while.
    pub fn crosschq_fails(&self, kind: Kind, span: Duration) {
        self.simulation.crosschq.line().trouble(self.window(kind, span));
    }

    /// This fault from now on, for a while.
    pub fn window(&self, kind: Kind, span: Duration) -> Window {
        Window { from: self.simulation.clock.now(), to: self.from_now(span), kind }
    }

    pub fn customer(&self, id: &str, patch: &Value) -> CustomerId {
        let id = CustomerId::parse(id).unwrap();
        let templates = json!([{"name": "Sales", "tag": "sales", "survey": "s1", "references": {"managers": 1}}]);
        self.simulation.secrets.rotate(&id);
        self.simulation.customers.set(Customer {
            id: id.clone(),
            settings: serde_json::from_value(settings(patch)).unwrap(),
            templates: serde_json::from_value(templates).unwrap(),
        });
        id
    }

    /// Adds a candidate on a requisition that names the template; person and requisition have the workflow's number.
    pub fn candidate(&self, customer: &CustomerId, workflow: u64) -> WorkflowId {
        self.candidate_who(customer, workflow, workflow)
    }

    /// The same, for a person of another number.
    pub fn candidate_who(&self, customer: &CustomerId, workflow: u64, person: u64) -> WorkflowId {
        let requisition = RequisitionId::parse(format!("7{workflow}")).unwrap();
        let id = WorkflowId::parse(workflow.to_string()).unwrap();
        self.simulation.icims.add(customer, &id, &PersonId::parse(person.to_string()).unwrap(), &requisition);
        self.simulation.icims.name_templates(&requisition, &["sales"]);
        id
    }

    /// A recruiter moves a candidate, and iCIMS sends the event.
    pub async fn advance(&self, customer: &CustomerId, workflow: &WorkflowId, to: &str) -> (StatusCode, String) {
        let old = self.simulation.icims.flow(customer, workflow).status;
        self.simulation.icims.advance(customer, workflow, &StatusId::parse(to).unwrap());
        self.push(customer, workflow, old.as_ref().map(StatusId::as_str), to).await
    }

    /// iCIMS sends the event of a move, whatever reads show.
    pub async fn push(
        &self,
        customer: &CustomerId,
        workflow: &WorkflowId,
        from: Option<&str>,
        to: &str,
    ) -> (StatusCode, String) {
        let flow = self.simulation.icims.flow(customer, workflow);
        let mut body = json!({
            "systemId": workflow.as_str(), "eventType": "WorkFlowStatusChangeEvent", "customerId": customer.as_str(),
            "personId": flow.person.unwrap().as_str(), "jobId": flow.requisition.unwrap().as_str(), "userId": "9059",
            "newStatus": to,
        });
        if let Some(from) = from {
            body["oldStatus"] = json!(from);
        }
        self.simulation.push(customer, &body).await
    }

    pub async fn pass(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }

    /// A moment from now.
    pub fn from_now(&self, span: Duration) -> Timestamp {
        self.simulation.clock.now().after(span)
    }

    /// The checks of a workflow, oldest first.
    pub fn checks(&self, workflow: &WorkflowId) -> Vec<Check> {
        self.simulation.store.all().into_iter().filter(|check| check.key.workflow == *workflow).collect()
    }

    /// The order that a check would send.
    pub fn order_of(&self, check: &Check) -> (Arc<Customer>, Order) {
        let customer = self.simulation.customers.get(&check.key.customer).unwrap();
        let person = check.subject.person.clone().unwrap();
        let candidate = Candidate {
            first_name: Name::parse("P").unwrap(),
            last_name: Name::parse(person.as_str()).unwrap(),
            email: Email::parse(&super::icims::address(&person)).unwrap(),
            mobile: None,
        };
        let requisition = connector_core::domain::Requisition {
            title: Some(format!("Position {}", check.subject.requisition.clone().unwrap())),
            ..connector_core::domain::Requisition::default()
        };
        let requester = Email::parse("r@example.com").unwrap();
        let nobody: Option<Staff> = None;
        let order = Order::new(check, &customer.templates[0], candidate, &requisition, requester, nobody);
        (customer, order)
    }

    /// Counts a create of a check's order that left for Crosschq and was not answered.
    pub fn begin_create(&self, check: &mut Check, at: Timestamp) {
        let (_, order) = self.order_of(check);
        let stamp = Stamp { by: Actor::Requester, cause: &CorrelationId::untraced(), now: at };
        check.begin_create(plain(&order.candidate.email, &order.position), &stamp);
    }

    /// The promises broken on the way; prints the journal if there are any and `STORY_LINES` is set.
    #[expect(clippy::print_stdout, reason = "what a failing story is understood by")]
    pub fn violations(&self) -> Vec<String> {
        let violations = self.simulation.journal.violations();
        if !violations.is_empty() {
            for line in self.simulation.journal.lines() {
                println!("{line}");
            }
        }
        violations
    }
}

async fn call_back(simulation: Arc<Simulation>, mut changes: UnboundedReceiver<(CustomerId, RequestId)>, really: bool) {
    while let Some((customer, request)) = changes.recv().await {
        if really {
            let simulation = simulation.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(500)).await;
                simulation.call_back(&customer, &request).await;
            });
        }
    }
}
