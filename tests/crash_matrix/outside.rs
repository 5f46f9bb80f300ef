//! What lies outside the flows: the candidate's case at both vendors, the store and the clock.

use std::sync::Arc;

use async_trait::async_trait;
use connector_core::domain::{
    Check, Customer, PersonId, ReferenceRequest, RequestId, RequisitionId, RowStatus, Stage, StatusId, WorkflowId,
};
use testkit::instrument::RunClock;
use testkit::wiring::Ports;

/// The statuses that play a part.
#[derive(Debug, Clone)]
pub(crate) struct Statuses {
    pub trigger: StatusId,
    pub rejected: StatusId,
    pub complete: StatusId,
    /// One that means nothing to us.
    pub elsewhere: StatusId,
}

impl Statuses {
    /// By their ids, with the one that means nothing to us.
    pub(crate) fn of([trigger, rejected, complete]: [&str; 3]) -> Self {
        let [trigger, rejected, complete, elsewhere] =
            [trigger, rejected, complete, "C38370"].map(|id| StatusId::parse(id).unwrap());
        Self { trigger, rejected, complete, elsewhere }
    }
}

/// One candidate of one customer.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub customer: Arc<Customer>,
    pub workflow: WorkflowId,
    pub person: PersonId,
    pub requisition: RequisitionId,
    pub statuses: Statuses,
}

/// A row of ours on the Screen tab, as far as it can be read in each environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeenRow {
    pub status: RowStatus,
    pub result: String,
    pub notes: String,
    pub has_link: bool,
}

/// What a recruiter sees.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub status: StatusId,
    pub rows: Vec<SeenRow>,
    pub files: usize,
}

/// The vendors, the store and the clock of one run, with one fresh case.
#[async_trait]
pub(crate) trait Outside: Send + Sync {
    fn case(&self) -> &Case;
    fn clock(&self) -> Arc<dyn RunClock>;
    /// What the functions are wired to, but for the queues.
    fn ports(&self) -> &dyn Ports;
    /// A recruiter moves the candidate; the push is the run's own.
    async fn recruiter_moves(&self, status: &StatusId);
    /// Somebody does something at Crosschq, if the request has not ended.
    async fn step(&self, request: &RequestId, stage: Stage);
    async fn seen(&self) -> Seen;
    /// The run with these checks is over.
    async fn over(&self, checks: &[Check]);

    /// A request as Crosschq holds it.
    async fn request(&self, request: &RequestId) -> ReferenceRequest {
        self.ports().provider().read(&self.case().customer, request).await.unwrap()
    }
}
