//! The stage with everything real but the queues: the sandbox over HTTP, the store engine, the connector's own adapters.
//! One world for all runs of a scenario; each run has its own person, workflow, clock and queues.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use connector::domain::{CustomerId, PersonId, RequestId, RequisitionId, RowStatus, Stage, StatusId, WorkflowId};
use connector::ports::{Ats, CheckStore, Clock, Customers, ReferenceProvider};
use sandbox::{ProfileType, Step};
use serde_json::json;
use stories::{StoryClock, World, WorldOptions};

use crate::outside::{Case, Outside, Seen, SeenRow, Skipping, Statuses};
use crate::scenario::Scenario;

static PEOPLE: AtomicU32 = AtomicU32::new(0);

/// A world whose Crosschq offers what the scenario says, and whose pushes and callbacks are left to the runs.
pub(crate) async fn world(scenario: &Scenario) -> World {
    let offers = scenario.offers;
    let settings = json!({
        "icims": {
            "attach_pdf_field": scenario.attaches.then(|| sandbox::world::demo().report_field),
            "stage_statuses": if scenario.moves_status { json!({}) } else { json!({"completed": null}) },
        },
        "crosschq": {
            "capabilities": {"search": scenario.search, "cancel": offers.cancel},
            "extensions": offers.echo,
            "pdf_hosts": ["127.0.0.1"],
        },
    });
    let world = World::begin(WorldOptions { settings: Some(settings), ..WorldOptions::default() }).await;
    let icims = world.control.icims(&world.demo.customer);
    icims.configure(json!({"push": {"statuses": []}})).await.unwrap();
    let crosschq = json!({
        "idempotency": offers.idempotency,
        "refuse_second_open": offers.refuses_second_open,
        "extensions": offers.echo,
        "capabilities": {"search": offers.search},
        "callback": {"url": null},
    });
    world.control.crosschq(&world.demo.org).configure(crosschq).await.unwrap();
    world
}

/// One run's part of a world.
pub(crate) struct Real {
    world: Arc<World>,
    case: Case,
    workflow: u64,
    clock: Arc<StoryClock>,
}

impl Real {
    /// A fresh candidate.
    pub(crate) async fn new(world: Arc<World>, scenario: &Scenario) -> Self {
        let number = PEOPLE.fetch_add(1, Ordering::SeqCst);
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
        let status = |text: &str| StatusId::parse(text).unwrap();
        let case = Case {
            customer,
            workflow: WorkflowId::parse(workflow.to_string()).unwrap(),
            person: PersonId::parse(person.to_string()).unwrap(),
            requisition: RequisitionId::parse(world.demo.job.to_string()).unwrap(),
            statuses: Statuses {
                trigger: status(&world.demo.trigger_status),
                rejected: status(&world.demo.rejected_status),
                complete: status(&world.demo.complete_status),
                elsewhere: status("C38370"),
            },
        };
        Self { world, case, workflow, clock: Arc::default() }
    }
}

#[async_trait]
impl Outside for Real {
    fn case(&self) -> &Case {
        &self.case
    }

    fn skipping(&self) -> Arc<dyn Skipping> {
        self.clock.clone()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn customers(&self) -> Arc<dyn Customers> {
        self.world.customers.clone()
    }

    fn checks(&self) -> Arc<dyn CheckStore> {
        self.world.checks.clone()
    }

    fn ats(&self) -> Arc<dyn Ats> {
        self.world.ats.clone()
    }

    fn provider(&self) -> Arc<dyn ReferenceProvider> {
        self.world.provider.clone()
    }

    async fn recruiter_moves(&self, status: &StatusId) {
        let icims = self.world.control.icims(&self.world.demo.customer);
        icims.advance(self.workflow, status.as_str()).await.unwrap();
    }

    async fn step(&self, request: &RequestId, stage: Stage) {
        let step = match stage {
            Stage::CandidateInProgress => Step::CandidateOpens,
            Stage::Completed => Step::CompleteAll,
            Stage::Declined => Step::Decline,
            other => panic!("no step leads to {other:?} here"),
        };
        // A request that has ended takes no step.
        let _ = self.world.control.crosschq(&self.world.demo.org).step(request.as_str(), &step).await;
    }

    async fn seen(&self) -> Seen {
        let view = self.world.recruiter_view(self.workflow).await;
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
            notes: row.notes.clone().unwrap_or_default(),
            has_link: row.url.is_some(),
        });
        Seen { status: StatusId::parse(&view.status.id).unwrap(), rows: rows.collect(), files: view.files.len() }
    }
}
