//! The layer round the ports by which missed pushes are looked for.

use async_trait::async_trait;
use connector_core::domain::{Customer, CustomerId, Entered, Standing, StatusId, Timestamp, Watermark, WorkflowId};
use connector_core::failure::Failure;
use connector_core::ports::{AtsError, AtsLog, AtsSearch, OptedIn, Watermarks};

use super::ports::{Instrumented, ats_lost, lost};

#[async_trait]
impl<P: AtsSearch + ?Sized> AtsSearch for Instrumented<P> {
    async fn changed(
        &self,
        customer: &Customer,
        statuses: &[StatusId],
        since: Timestamp,
        after: Option<&WorkflowId>,
    ) -> Result<Vec<WorkflowId>, AtsError> {
        self.call_log.call("ats.changed", self.port.changed(customer, statuses, since, after), ats_lost).await
    }
}

#[async_trait]
impl<P: AtsLog + ?Sized> AtsLog for Instrumented<P> {
    async fn standing(&self, customer: &Customer, workflow: &WorkflowId) -> Result<Standing, AtsError> {
        self.call_log.call("ats.standing", self.port.standing(customer, workflow), ats_lost).await
    }

    async fn status_log(&self, customer: &Customer, workflow: &WorkflowId) -> Result<Vec<Entered>, AtsError> {
        self.call_log.call("ats.status_log", self.port.status_log(customer, workflow), ats_lost).await
    }
}

#[async_trait]
impl<P: OptedIn + ?Sized> OptedIn for Instrumented<P> {
    async fn opted_in(&self) -> Result<Vec<CustomerId>, Failure> {
        self.call_log.call("customers.opted_in", self.port.opted_in(), lost).await
    }
}

#[async_trait]
impl<P: Watermarks + ?Sized> Watermarks for Instrumented<P> {
    async fn roster(&self) -> Result<Vec<CustomerId>, Failure> {
        self.call_log.call("watermarks.roster", self.port.roster(), lost).await
    }

    async fn set_roster(&self, customers: &[CustomerId]) -> Result<(), Failure> {
        self.call_log.call("watermarks.set_roster", self.port.set_roster(customers), lost).await
    }

    async fn load(&self, customer: &CustomerId) -> Result<Option<Watermark>, Failure> {
        self.call_log.call("watermarks.load", self.port.load(customer), lost).await
    }

    async fn reset(&self, customer: &CustomerId, mark: &Watermark) -> Result<(), Failure> {
        self.call_log.call("watermarks.reset", self.port.reset(customer, mark), lost).await
    }

    async fn save(&self, customer: &CustomerId, mark: &mut Watermark) -> Result<bool, Failure> {
        // A caller that hears no answer holds what it loaded.
        let mut written = mark.clone();
        let answer = self.call_log.call("watermarks.save", self.port.save(customer, &mut written), lost).await;
        if matches!(answer, Ok(true)) {
            *mark = written;
        }
        answer
    }
}
