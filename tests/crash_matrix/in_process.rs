//! The stage without HTTP: fakes of both vendors and of the store, on a clock of their own.

use std::sync::Arc;

use async_trait::async_trait;
use connector_core::domain::{
    Check, Customer, CustomerId, PersonId, RequestId, RequisitionId, Stage, StatusId, WorkflowId,
};
use connector_core::failure::Failure;
use connector_core::ports::{Ats, CheckStore, Clock, Customers, OptedIn, ReferenceProvider};
use serde_json::json;
use testkit::fakes::FakeWatermarks;

use crate::fakes::{FakeChecks, FakeClock, FakeCrosschq, FakeIcims};
use crate::outside::{Case, Outside, Searching, Seen, SeenRow, Skipping, Statuses};
use crate::scenario::Scenario;

/// One customer.
pub(crate) struct OneCustomer(pub Arc<Customer>);

#[async_trait]
impl Customers for OneCustomer {
    async fn customer(&self, id: &CustomerId) -> Result<Option<Arc<Customer>>, Failure> {
        Ok((self.0.id == *id).then(|| self.0.clone()))
    }
}

#[async_trait]
impl OptedIn for OneCustomer {
    async fn opted_in(&self) -> Result<Vec<CustomerId>, Failure> {
        let opted_in = self.0.settings.icims.find_missed_pushes.is_some();
        Ok(opted_in.then(|| self.0.id.clone()).into_iter().collect())
    }
}

/// Everything outside, in this process.
pub(crate) struct InProcess {
    case: Case,
    clock: Arc<FakeClock>,
    customers: Arc<OneCustomer>,
    checks: Arc<FakeChecks>,
    icims: Arc<FakeIcims>,
    crosschq: Arc<FakeCrosschq>,
    watermarks: Arc<FakeWatermarks>,
}

fn status(text: &str) -> StatusId {
    StatusId::parse(text).unwrap()
}

impl InProcess {
    /// A fresh case for a scenario.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let statuses = Statuses {
            trigger: status("C38356"),
            rejected: status("C38360"),
            complete: status("C38357"),
            elsewhere: status("C38370"),
        };
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
                "integration_user": "900",
                "find_missed_pushes": scenario.looks_for_missed().then(|| json!({})),
            },
            "crosschq": {"capabilities": {"search": scenario.search, "cancel": scenario.offers.cancel}},
        });
        let template = json!({"name": "Sales AE", "tag": "sales-ae", "survey": "sales", "references": {"managers": 1}});
        let customer = Arc::new(Customer {
            id: CustomerId::parse("1234").unwrap(),
            settings: serde_json::from_value(settings).unwrap(),
            templates: vec![serde_json::from_value(template).unwrap()],
        });
        let clock = Arc::new(FakeClock::default());
        let icims = FakeIcims::new(
            status("D10100"),
            scenario.email,
            scenario.slow_reads,
            scenario.names_entries,
            clock.clone(),
        );
        Self {
            case: Case {
                customer: customer.clone(),
                workflow: WorkflowId::parse("13437").unwrap(),
                person: PersonId::parse("2001").unwrap(),
                requisition: RequisitionId::parse("1181").unwrap(),
                statuses,
            },
            customers: Arc::new(OneCustomer(customer)),
            checks: Arc::default(),
            icims: Arc::new(icims),
            watermarks: Arc::default(),
            crosschq: Arc::new(FakeCrosschq::new(scenario.offers, clock.clone())),
            clock,
        }
    }
}

#[async_trait]
impl Outside for InProcess {
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
        self.customers.clone()
    }

    fn checks(&self) -> Arc<dyn CheckStore> {
        self.checks.clone()
    }

    fn ats(&self) -> Arc<dyn Ats> {
        self.icims.clone()
    }

    fn provider(&self) -> Arc<dyn ReferenceProvider> {
        self.crosschq.clone()
    }

    fn searching(&self) -> Option<Searching> {
        Some(Searching {
            opted_in: self.customers.clone(),
            watermarks: self.watermarks.clone(),
            ats: self.icims.clone(),
        })
    }

    async fn recruiter_moves(&self, status: &StatusId) {
        self.icims.recruiter_moves(status.clone());
    }

    async fn step(&self, request: &RequestId, stage: Stage) {
        self.crosschq.step(request, stage);
    }

    async fn over(&self, _: &[Check]) {
        // Everything here was made for this one run.
    }

    async fn seen(&self) -> Seen {
        let seen = self.icims.seen();
        let row = |(_, view): (_, connector_core::domain::View)| SeenRow {
            status: view.status,
            result: view.result,
            notes: view.notes,
            has_link: view.url.is_some(),
        };
        Seen { status: seen.status, rows: seen.rows.into_iter().map(row).collect(), files: seen.files.len() }
    }
}
