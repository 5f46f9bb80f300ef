//! iCIMS: one candidate on one requisition, the Screen tab's rows, a file field.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use connector_core::domain::{
    Contact, Customer, Email, Entered, EntryId, Name, PersonId, RecruitingWorkflow, Requisition, RequisitionId,
    RowMarker, Standing, StatusId, Timestamp, View, WorkflowId,
};
use connector_core::ports::{Ats, AtsError, AtsLog, AtsQuota, AtsSearch, Clock as _};

use super::FakeClock;

/// What stands on the workflow.
#[derive(Debug, Clone)]
pub(crate) struct Workflow {
    pub status: StatusId,
    pub rows: Vec<(EntryId, View)>,
    pub files: Vec<String>,
    /// The statuses it entered, latest first.
    pub log: Vec<Entered>,
}

/// [`Ats`] in memory.
pub(crate) struct FakeIcims {
    workflow: Mutex<Workflow>,
    /// Whether the candidate has an address.
    email: bool,
    /// Reads of the candidate that take longer than the webhook waits.
    slow_reads: Mutex<u32>,
    /// Whether iCIMS names the entry of a new row (docs/vendors/icims.md §4.3).
    names_entries: bool,
    clock: Arc<FakeClock>,
}

impl FakeIcims {
    pub(crate) fn new(
        status: StatusId,
        email: bool,
        slow_reads: u32,
        names_entries: bool,
        clock: Arc<FakeClock>,
    ) -> Self {
        let workflow = Workflow { status, rows: Vec::new(), files: Vec::new(), log: Vec::new() };
        Self { workflow: Mutex::new(workflow), email, slow_reads: Mutex::new(slow_reads), names_entries, clock }
    }

    /// A recruiter moves the candidate.
    pub(crate) fn recruiter_moves(&self, status: StatusId) {
        let at = Timestamp::from_s(minute(self.clock.now()) * 60);
        let mut workflow = self.workflow.lock().unwrap();
        workflow.log.insert(0, Entered { status: Some(status.clone()), at, by: None });
        workflow.status = status;
    }

    /// What a recruiter sees.
    pub(crate) fn seen(&self) -> Workflow {
        self.workflow.lock().unwrap().clone()
    }
}

fn minute(at: Timestamp) -> i64 {
    at.s().div_euclid(60)
}

impl AtsQuota for FakeIcims {}

#[async_trait]
impl AtsSearch for FakeIcims {
    async fn changed(
        &self,
        _: &Customer,
        statuses: &[StatusId],
        since: Timestamp,
        after: Option<&WorkflowId>,
    ) -> Result<Vec<WorkflowId>, AtsError> {
        let workflow = self.seen();
        let changed = workflow.log.first().is_some_and(|entered| minute(entered.at) >= minute(since));
        let found = changed && statuses.contains(&workflow.status) && after.is_none();
        Ok(found.then(|| WorkflowId::parse("13437").unwrap()).into_iter().collect())
    }
}

#[async_trait]
impl AtsLog for FakeIcims {
    async fn standing(&self, customer: &Customer, workflow: &WorkflowId) -> Result<Standing, AtsError> {
        Ok(Standing { workflow: self.workflow(customer, workflow).await?, log: self.seen().log })
    }

    async fn status_log(&self, _: &Customer, _: &WorkflowId) -> Result<Vec<Entered>, AtsError> {
        Ok(self.seen().log)
    }
}

#[async_trait]
impl Ats for FakeIcims {
    async fn workflow(&self, _: &Customer, _: &WorkflowId) -> Result<RecruitingWorkflow, AtsError> {
        Ok(RecruitingWorkflow {
            status: Some(self.seen().status),
            person: PersonId::parse("2001").ok(),
            requisition: RequisitionId::parse("1181").ok(),
        })
    }

    async fn person(&self, _: &Customer, person: &PersonId) -> Result<Contact, AtsError> {
        if person.as_str() != "2001" {
            return Ok(contact("Robin", "Recruiter", Some("robin@customer.example")));
        }
        let slow = {
            let mut left = self.slow_reads.lock().unwrap();
            let slow = *left > 0;
            *left = left.saturating_sub(1);
            slow
        };
        if slow {
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
        Ok(contact("Ada", "Byron", self.email.then_some("ada@candidates.example")))
    }

    async fn requisition(&self, _: &Customer, _: &RequisitionId) -> Result<Requisition, AtsError> {
        Ok(Requisition {
            title: Some("Account Executive".to_owned()),
            template_values: vec!["sales-ae".to_owned()],
            recruiter: PersonId::parse("95").ok(),
            hiring_manager: PersonId::parse("564").ok(),
        })
    }

    async fn add_row(&self, _: &Customer, _: &WorkflowId, view: &View) -> Result<Option<EntryId>, AtsError> {
        let mut workflow = self.workflow.lock().unwrap();
        let entry = EntryId::parse((1000 + workflow.rows.len()).to_string()).unwrap();
        workflow.rows.push((entry.clone(), view.clone()));
        Ok(self.names_entries.then_some(entry))
    }

    async fn find_row(&self, _: &Customer, _: &WorkflowId, marker: &RowMarker) -> Result<Option<EntryId>, AtsError> {
        let rows = self.seen().rows;
        Ok(rows.into_iter().rfind(|(_, view)| view.marker == *marker).map(|(entry, _)| entry))
    }

    async fn change_row(&self, _: &Customer, _: &WorkflowId, entry: &EntryId, view: &View) -> Result<(), AtsError> {
        let mut workflow = self.workflow.lock().unwrap();
        let row = workflow.rows.iter_mut().find(|(known, _)| known == entry).ok_or(AtsError::NotFound)?;
        row.1 = view.clone();
        Ok(())
    }

    async fn move_status(&self, _: &Customer, _: &WorkflowId, status: &StatusId) -> Result<(), AtsError> {
        self.recruiter_moves(status.clone());
        Ok(())
    }

    async fn attach_pdf(&self, _: &Customer, _: &WorkflowId, field: &str, _: &str, _: Vec<u8>) -> Result<(), AtsError> {
        let mut workflow = self.workflow.lock().unwrap();
        // A file field holds one file.
        workflow.files.retain(|present| present != field);
        workflow.files.push(field.to_owned());
        Ok(())
    }
}

fn contact(first: &str, last: &str, email: Option<&str>) -> Contact {
    Contact {
        first_name: Name::parse(first),
        last_name: Name::parse(last),
        email: email.and_then(Email::parse),
        mobile: None,
    }
}
