//! What lies outside the flows: the candidate's case at both vendors, the store and the clock.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connector_core::domain::{
    Check, Customer, PersonId, ReferenceRequest, RequestId, RequisitionId, RowStatus, Stage, StatusId, WorkflowId,
};
use connector_core::ports::{Ats, AtsSearch, CheckStore, Clock, Customers, OptedIn, ReferenceProvider, Watermarks};
use testkit::instrument::RunClock;

/// The statuses that play a part.
#[derive(Debug, Clone)]
pub(crate) struct Statuses {
    pub trigger: StatusId,
    pub rejected: StatusId,
    pub complete: StatusId,
    /// One that means nothing to us.
    pub elsewhere: StatusId,
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

/// A row of ours on the Screen tab, as far as both stages can tell.
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

/// What missed pushes are looked for with.
pub(crate) struct Searching {
    pub opted_in: Arc<dyn OptedIn>,
    pub watermarks: Arc<dyn Watermarks>,
    pub ats: Arc<dyn AtsSearch>,
}

/// A clock that a run may skip ahead.
pub(crate) trait Skipping: RunClock {
    fn skip(&self, span: Duration);
}

impl Skipping for crate::fakes::FakeClock {
    fn skip(&self, span: Duration) {
        crate::fakes::FakeClock::skip(self, span);
    }
}

/// The vendors, the store and the clock of one run, with one fresh case.
#[async_trait]
pub(crate) trait Outside: Send + Sync {
    fn case(&self) -> &Case;
    fn skipping(&self) -> Arc<dyn Skipping>;
    fn clock(&self) -> Arc<dyn Clock>;
    fn customers(&self) -> Arc<dyn Customers>;
    fn checks(&self) -> Arc<dyn CheckStore>;
    fn ats(&self) -> Arc<dyn Ats>;
    fn provider(&self) -> Arc<dyn ReferenceProvider>;
    /// Where missed pushes can be looked for.
    fn searching(&self) -> Option<Searching> {
        None
    }
    /// A recruiter moves the candidate; the push is the run's own.
    async fn recruiter_moves(&self, status: &StatusId);
    /// Somebody does something at Crosschq, if the request has not ended.
    async fn step(&self, request: &RequestId, stage: Stage);
    async fn seen(&self) -> Seen;
    /// The run with these checks is over.
    async fn over(&self, checks: &[Check]);

    /// A request as Crosschq holds it.
    async fn request(&self, request: &RequestId) -> ReferenceRequest {
        self.provider().read(&self.case().customer, request).await.unwrap()
    }
}
