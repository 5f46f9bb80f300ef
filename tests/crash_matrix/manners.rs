//! What iCIMS may do and the sandbox does not: a new row whose entry it does not name (docs/vendors/icims.md §4.3), and
//! a read that is not answered in time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use connector_core::domain::{
    Contact, Customer, Entered, EntryId, PersonId, RecruitingWorkflow, Requisition, RequisitionId, RowMarker, Standing,
    StatusId, View, WorkflowId,
};
use connector_core::ports::{Ats, AtsError, AtsLog, AtsQuota};

use crate::scenario::Scenario;

/// The real adapter, with these manners of iCIMS.
pub(crate) struct Manners {
    ats: Arc<dyn Ats>,
    candidate: PersonId,
    names_entries: bool,
    /// Reads of the candidate that are still not answered.
    slow_reads: AtomicU32,
}

impl Manners {
    /// As a scenario wants them.
    pub(crate) fn new(ats: Arc<dyn Ats>, candidate: PersonId, scenario: &Scenario) -> Self {
        let &Scenario { names_entries, slow_reads, .. } = scenario;
        Self { ats, candidate, names_entries, slow_reads: AtomicU32::new(slow_reads) }
    }
}

impl AtsQuota for Manners {
    fn pause_for_background(&self, customer: &Customer) -> Option<Duration> {
        self.ats.pause_for_background(customer)
    }
}

#[async_trait]
impl AtsLog for Manners {
    async fn standing(&self, customer: &Customer, workflow: &WorkflowId) -> Result<Standing, AtsError> {
        self.ats.standing(customer, workflow).await
    }

    async fn status_log(&self, customer: &Customer, workflow: &WorkflowId) -> Result<Vec<Entered>, AtsError> {
        self.ats.status_log(customer, workflow).await
    }
}

#[async_trait]
impl Ats for Manners {
    async fn workflow(&self, customer: &Customer, workflow: &WorkflowId) -> Result<RecruitingWorkflow, AtsError> {
        self.ats.workflow(customer, workflow).await
    }

    async fn person(&self, customer: &Customer, person: &PersonId) -> Result<Contact, AtsError> {
        let slow = |left: u32| left.checked_sub(1);
        if *person == self.candidate && self.slow_reads.fetch_update(Ordering::SeqCst, Ordering::SeqCst, slow).is_ok() {
            return Err(AtsError::Unavailable { why: "timeout".to_owned() });
        }
        self.ats.person(customer, person).await
    }

    async fn requisition(&self, customer: &Customer, requisition: &RequisitionId) -> Result<Requisition, AtsError> {
        self.ats.requisition(customer, requisition).await
    }

    async fn add_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        view: &View,
    ) -> Result<Option<EntryId>, AtsError> {
        let entry = self.ats.add_row(customer, workflow, view).await?;
        Ok(entry.filter(|_| self.names_entries))
    }

    async fn find_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        marker: &RowMarker,
    ) -> Result<Option<EntryId>, AtsError> {
        self.ats.find_row(customer, workflow, marker).await
    }

    async fn change_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        entry: &EntryId,
        view: &View,
    ) -> Result<(), AtsError> {
        self.ats.change_row(customer, workflow, entry, view).await
    }

    async fn move_status(&self, customer: &Customer, workflow: &WorkflowId, status: &StatusId) -> Result<(), AtsError> {
        self.ats.move_status(customer, workflow, status).await
    }

    async fn attach_pdf(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        field: &str,
        file_name: &str,
        pdf: Vec<u8>,
    ) -> Result<(), AtsError> {
        self.ats.attach_pdf(customer, workflow, field, file_name, pdf).await
    }
}
