//! The environment with everything real but the queues: the sandbox over HTTP, the store engine, the connector's own adapters.
//! One world for many runs; each run has its own person, workflow, clock and queues.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::sandbox::{NewReference, ProfileType, Step};
use async_trait::async_trait;
use connector_core::aws::{Aws, Config, Variable};
use connector_core::domain::{
    Check, CheckKey, CustomerId, PersonId, RequestId, RequisitionId, RowStatus, Stage, StatusId, WorkflowId,
};
use connector_core::ports::{Ats, Backoff, CheckStore, Clock, Customers, Queue, ReferenceProvider};
use local::aws_call::{AwsCalls, Service};
use serde_json::json;
use testkit::instrument::RunClock;
use testkit::wiring::Ports;
use testkit::{StoryClock, World};

use crate::outside::{Case, Outside, Seen, SeenRow, Statuses};
use crate::scenario::{Offers, Scenario};

/// The checks table of the template.
const CHECKS_TABLE: &str = "checks";
/// As many items as one batch deletes.
const SWEPT_AT_ONCE: usize = 25;
/// After so many runs, a world is left for a fresh one: the sandbox and its logs only grow, and looking through them
/// takes ever longer.
const RUNS: usize = 100;
/// More than a run skips before its request exists.
const HALF_A_DAY: Duration = Duration::from_secs(12 * 3600);

/// What a scenario asks of its world.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Wants {
    offers: Offers,
    search: bool,
    attaches: bool,
    moves_status: bool,
}

impl Wants {
    pub(crate) fn of(scenario: &Scenario) -> Self {
        let &Scenario { offers, search, attaches, moves_status, .. } = scenario;
        Self { offers, search, attaches, moves_status }
    }
}

/// A world, and what it is good for.
pub(crate) struct Place {
    world: World,
    wants: Wants,
    checks: Arc<dyn CheckStore>,
    calls: AwsCalls,
    runs: Mutex<usize>,
    /// Checks of runs that are over, to be removed: they would be due in the runs to come.
    left: Mutex<Vec<CheckKey>>,
}

impl Place {
    /// A world whose Crosschq offers what is wanted, and whose pushes and callbacks are left to the runs.
    pub(crate) async fn new(wants: Wants) -> Self {
        let offers = wants.offers;
        let settings = json!({
            "icims": {
                "attach_pdf_field": wants.attaches.then(|| ::sandbox::world::demo().report_field),
                "stage_statuses": if wants.moves_status { json!({}) } else { json!({"completed": null}) },
            },
            "crosschq": {
                "capabilities": {"search": wants.search, "cancel": offers.cancel},
                "extensions": offers.echo,
                "pdf_hosts": ["127.0.0.1"],
            },
        });
        let world = World::with_settings(settings).await;
        let icims = world.control.icims(&world.demo.customer);
        icims.configure(json!({"push": {"statuses": []}})).await.unwrap();
        let crosschq = json!({
            "idempotency": offers.idempotency,
            "refuse_second_open": offers.refuses_second_open,
            "extensions": offers.echo,
            "capabilities": {"search": offers.search, "cancel": offers.cancel},
            "callback": {"url": null},
        });
        world.control.crosschq(&world.demo.org).configure(crosschq).await.unwrap();
        // The engine itself: the endpoint before it would pass on every call, and no role is checked here.
        let engine = Aws::new(Config::from_lookup(|name| match name {
            "CHECKS_TABLE" => Some(CHECKS_TABLE.to_owned()),
            "AWS_ENDPOINT_URL" => Some(world.aws.dynamodb_url().to_owned()),
            "AWS_REGION" => Some("us-east-1".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
            _ => None,
        }));
        let checks = Arc::new(engine.unwrap().store().unwrap());
        let calls = AwsCalls::new(world.aws.dynamodb_url()).unwrap();
        Self { world, wants, checks, calls, runs: Mutex::default(), left: Mutex::default() }
    }

    /// Whether a run with these wants can be played here.
    pub(crate) fn suits(&self, wants: Wants) -> bool {
        self.wants == wants && *self.runs.lock().unwrap() < RUNS
    }

    /// Forgets the checks of a run that is over.
    pub(crate) async fn sweep(&self, checks: &[Check]) {
        let swept = {
            let mut left = self.left.lock().unwrap();
            left.extend(checks.iter().map(|check| check.key.clone()));
            if left.len() < SWEPT_AT_ONCE {
                return;
            }
            left.drain(..SWEPT_AT_ONCE).collect::<Vec<_>>()
        };
        let delete = |CheckKey { customer, workflow, attempt }: &CheckKey| {
            let (pk, sk) = (format!("check#{customer}#{workflow}"), format!("attempt#{attempt:05}"));
            json!({"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}})
        };
        let requests: Vec<_> = swept.iter().map(delete).collect();
        let batch = json!({"RequestItems": {CHECKS_TABLE: requests}});
        self.calls.call(Service::DynamoDb, "BatchWriteItem", &batch).await.unwrap();
        assert_eq!(self.checks.load(&swept[0]).await.unwrap(), None, "a check that was swept is gone");
    }
}

/// One run's part of a world.
pub(crate) struct Real {
    place: Arc<Place>,
    case: Case,
    workflow: u64,
    clock: Arc<StoryClock>,
}

impl Real {
    pub(crate) async fn new(place: Arc<Place>, scenario: &Scenario) -> Self {
        let number = {
            let mut runs = place.runs.lock().unwrap();
            *runs += 1;
            *runs
        };
        let world = &place.world;
        let icims = world.control.icims(&world.demo.customer);
        let mut fields = json!({"firstname": "Ada", "lastname": format!("Byron {number}"), "folder": {"id": "D32006"}});
        if scenario.email {
            fields["email"] = json!(format!("ada.{number}@candidates.example"));
        }
        let person = icims.create(ProfileType::People, fields).await.unwrap();
        let workflow = json!({"baseprofile": world.demo.job, "associatedprofile": person,
            "status": {"id": world.demo.new_status}});
        let workflow = icims.create(ProfileType::ApplicantWorkflows, workflow).await.unwrap();
        let customer = CustomerId::parse(&world.demo.customer).unwrap();
        let customer = world.customers.customer(&customer).await.unwrap().unwrap();
        let case = Case {
            customer,
            workflow: WorkflowId::parse(workflow.to_string()).unwrap(),
            person: PersonId::parse(person.to_string()).unwrap(),
            requisition: RequisitionId::parse(world.demo.job.to_string()).unwrap(),
            statuses: Statuses::of([
                &world.demo.trigger_status,
                &world.demo.rejected_status,
                &world.demo.complete_status,
            ]),
        };
        Self { case, workflow, clock: Arc::new(StoryClock::behind(HALF_A_DAY)), place }
    }
}

/// The steps that bring a request to a stage; those already taken are refused there, and left out.
fn steps(stage: Stage) -> Vec<Step> {
    let reference = |n: u8, relationship: &str| NewReference {
        first_name: "Charles".to_owned(),
        last_name: format!("Babbage {n}"),
        email: format!("charles.{n}@references.example"),
        mobile_phone: None,
        relationship: relationship.to_owned(),
    };
    match stage {
        Stage::CandidateInProgress => vec![Step::CandidateOpens],
        Stage::InProgress => vec![
            Step::CandidateOpens,
            Step::AddReferences { references: vec![reference(1, "managers"), reference(2, "peers")] },
            Step::ReferenceCompletes { email: reference(1, "managers").email },
        ],
        Stage::Completed => vec![Step::CompleteAll],
        Stage::Declined => vec![Step::Decline],
        other => panic!("no step leads to {other:?} here"),
    }
}

impl Ports for Real {
    fn customers(&self) -> Arc<dyn Customers> {
        self.place.world.customers.clone()
    }

    fn checks(&self) -> Arc<dyn CheckStore> {
        self.place.checks.clone()
    }

    fn ats(&self) -> Arc<dyn Ats> {
        self.place.world.ats.clone()
    }

    fn provider(&self) -> Arc<dyn ReferenceProvider> {
        self.place.world.provider.clone()
    }

    fn queue(&self, _: &[Variable]) -> Arc<dyn Queue> {
        unimplemented!("the queues are the run's own")
    }

    fn backoff(&self, _: &'static str) -> Arc<dyn Backoff> {
        unimplemented!("the queues are the run's own")
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }
}

#[async_trait]
impl Outside for Real {
    fn case(&self) -> &Case {
        &self.case
    }

    fn clock(&self) -> Arc<dyn RunClock> {
        self.clock.clone()
    }

    fn ports(&self) -> &dyn Ports {
        self
    }

    async fn recruiter_moves(&self, status: &StatusId) {
        let icims = self.place.world.control.icims(&self.place.world.demo.customer);
        if *status == self.case().statuses.trigger {
            // Who orders again has to move the candidate away first: where nothing changes, iCIMS sends no event.
            icims.advance(self.workflow, self.case().statuses.elsewhere.as_str()).await.unwrap();
        }
        icims.advance(self.workflow, status.as_str()).await.unwrap();
    }

    async fn step(&self, request: &RequestId, stage: Stage) {
        let crosschq = self.place.world.control.crosschq(&self.place.world.demo.org);
        for step in steps(stage) {
            // A request that has ended takes no step.
            let _ = crosschq.step(request.as_str(), &step).await;
        }
    }

    async fn over(&self, checks: &[Check]) {
        self.place.sweep(checks).await;
    }

    async fn seen(&self) -> Seen {
        let view = self.place.world.screen(self.workflow).await;
        let ours = view.results.iter().filter(|row| row.name.as_deref() == Some("Crosschq 360"));
        let rows = ours.map(|row| SeenRow {
            status: match row.status.as_deref() {
                Some("Sent") => RowStatus::Sent,
                Some("In Progress") => RowStatus::InProgress,
                Some("Complete") => RowStatus::Complete,
                Some("Incomplete") => RowStatus::Incomplete,
                other => panic!("no status of ours: {other:?}"),
            },
            result: row.result.clone().unwrap_or_default(),
            notes: without_marker(row.notes.as_deref().unwrap_or_default()),
            has_link: row.url.is_some(),
        });
        Seen { status: StatusId::parse(&view.status.id).unwrap(), rows: rows.collect(), files: view.files.len() }
    }
}

/// The sentence of a row's note, which every row of ours has its marker behind.
fn without_marker(notes: &str) -> String {
    let (sentence, _) = notes.rsplit_once(" Ref ").expect("a row of ours bears its marker");
    sentence.to_owned()
}
