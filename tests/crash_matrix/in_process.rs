//! The environment without HTTP: the fakes of both vendors and of the store, without faults or latency of their own.

use std::sync::Arc;

use async_trait::async_trait;
use connector_core::domain::{
    Check, Customer, CustomerId, PersonId, RequestId, RequisitionId, Stage, StatusId, Timestamp, View, WorkflowId,
};
use serde_json::json;
use testkit::fakes::{
    CrosschqBehavior, FakeCrosschq, FakeCustomers, FakeIcims, FakeQueues, FakeSecrets, FakeStore, Journal, Line, Parts,
    QueueFaults, Rng, SimClock, StoreFaults,
};
use testkit::instrument::RunClock;
use testkit::wiring::Ports;

use crate::outside::{Case, Outside, Seen, SeenRow, Statuses};
use crate::scenario::Scenario;

/// A quarter to two on a plain day, away from midnight.
const BEGAN: Timestamp = Timestamp::from_s(1_767_231_900);

/// Everything outside, in this process.
pub(crate) struct InProcess {
    case: Case,
    parts: Parts,
}

impl From<View> for SeenRow {
    fn from(view: View) -> Self {
        Self { status: view.status, result: view.result, notes: view.notes, has_link: view.url.is_some() }
    }
}

fn case(scenario: &Scenario) -> Case {
    let statuses = Statuses::of(["C38356", "C38360", "C38357"]);
    let stage_statuses =
        if scenario.moves_status { json!({"completed": statuses.complete.as_str()}) } else { json!({}) };
    let settings = json!({
        "enabled": true,
        "icims": {
            "region": "us",
            "push": {"accept": ["basic"]},
            "statuses": {"trigger": [statuses.trigger.as_str()], "rejected": [statuses.rejected.as_str()]},
            "stage_statuses": stage_statuses,
            "attach_pdf_field": scenario.attaches.then_some("field23850"),
            "integration_user": "99",
            "find_missed_pushes": scenario.looks_for_missed().then(|| json!({})),
        },
        "crosschq": {
            "capabilities": {"search": scenario.search, "cancel": scenario.offers.cancel},
            "extensions": scenario.offers.echo,
        },
    });
    let template = json!({"name": "Sales AE", "tag": "sales-ae", "survey": "sales", "references": {"managers": 1}});
    let customer = Arc::new(Customer {
        id: CustomerId::parse("1234").unwrap(),
        settings: serde_json::from_value(settings).unwrap(),
        templates: vec![serde_json::from_value(template).unwrap()],
    });
    Case {
        customer,
        workflow: WorkflowId::parse("13437").unwrap(),
        person: PersonId::parse("2001").unwrap(),
        requisition: RequisitionId::parse("1181").unwrap(),
        statuses,
    }
}

impl InProcess {
    /// A fresh case for a scenario, beginning now on the runtime's clock.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let case = case(scenario);
        let (rng, clock) = (Rng::new(1), SimClock::begin(BEGAN));
        let journal = Journal::new(clock, false);
        let line = || Line::new(rng.clone(), clock, (0, 0), 0);
        let secrets = FakeSecrets::new(rng.clone(), clock);
        secrets.rotate(&case.customer.id);
        let customers = FakeCustomers::new(rng.clone(), clock);
        customers.set(Customer::clone(&case.customer));
        let icims = FakeIcims::new(line(), secrets.clone(), clock, journal.clone());
        icims.name_every_entry();
        icims.add(&case.customer.id, &case.workflow, &case.person, &case.requisition);
        icims.change(&case.customer.id, &case.workflow, |flow| flow.status = StatusId::parse("D10100").ok());
        icims.name_templates(&case.requisition, &["sales-ae"]);
        if !scenario.email {
            icims.silence(&case.person);
        }
        let behavior = CrosschqBehavior {
            idempotent: scenario.offers.idempotency,
            refuses_second_open: scenario.offers.refuses_second_open,
            visible_within_ms: 0,
            ..CrosschqBehavior::default()
        };
        let (crosschq, _) = FakeCrosschq::new(line(), behavior, rng.clone(), clock, journal.clone());
        let store_faults = StoreFaults { instant: true, ..StoreFaults::default() };
        let parts = Parts {
            store: FakeStore::new(store_faults, rng.clone(), clock, journal.clone()),
            icims,
            crosschq,
            queues: FakeQueues::new(QueueFaults::default(), rng.clone(), clock, journal.clone()),
            customers,
            secrets,
            watermarks: Arc::default(),
            clock,
            journal,
            rng,
        };
        Self { case, parts }
    }
}

#[async_trait]
impl Outside for InProcess {
    fn case(&self) -> &Case {
        &self.case
    }

    fn clock(&self) -> Arc<dyn RunClock> {
        Arc::new(self.parts.clock)
    }

    fn ports(&self) -> &dyn Ports {
        &self.parts
    }

    async fn recruiter_moves(&self, status: &StatusId) {
        self.parts.icims.advance(&self.case.customer.id, &self.case.workflow, status);
    }

    async fn step(&self, request: &RequestId, stage: Stage) {
        self.parts.crosschq.step(request, stage);
    }

    async fn over(&self, _: &[Check]) {
        // Everything here was made for this one run.
    }

    async fn seen(&self) -> Seen {
        let flow = self.parts.icims.flow(&self.case.customer.id, &self.case.workflow);
        Seen {
            status: flow.status.unwrap(),
            rows: flow.rows.into_iter().map(|row| row.view.into()).collect(),
            files: flow.filled.len(),
        }
    }
}
