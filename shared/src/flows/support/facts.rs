//! What an order needs to know from the ATS, read in parallel.

use std::time::Duration;

use crate::domain::{
    Contact, Customer, Email, PersonId, RecruitingWorkflow, Refusal, RequesterSource, Requisition, RequisitionId,
    Staff, Timestamp, WorkflowId,
};
use crate::failure::Failure;
use crate::ports::{Ats, AtsError, Clock};

use super::memory::Memory;

/// How old the profile of a member of staff may be.
const STAFF_FRESH: Duration = Duration::from_secs(60);

/// The candidate and the requisition of an order.
#[derive(Debug, Clone)]
pub(in crate::flows) struct Facts {
    pub(in crate::flows) candidate: Contact,
    pub(in crate::flows) requisition: Requisition,
    /// The workflow, where it was read.
    pub(in crate::flows) workflow: Option<RecruitingWorkflow>,
}

/// Whose facts are read, and by what.
#[derive(Clone, Copy)]
pub(in crate::flows) struct Reader<'a> {
    pub(in crate::flows) ats: &'a dyn Ats,
    pub(in crate::flows) customer: &'a Customer,
    pub(in crate::flows) clock: &'a dyn Clock,
}

fn gone(what: &'static str) -> impl Fn(AtsError) -> Failure {
    move |error| match error {
        AtsError::NotFound => hidden(what),
        other => other.into(),
    }
}

fn hidden(what: &str) -> Failure {
    Failure::Permanent(Refusal::GoneFromAts { what: what.to_owned() })
}

impl Reader<'_> {
    /// Reads candidate and requisition: at once where the event named their ids, else by way of the workflow.
    pub(in crate::flows) async fn of_event(
        &self,
        workflow: &WorkflowId,
        person: Option<&PersonId>,
        requisition: Option<&RequisitionId>,
    ) -> Result<Facts, Failure> {
        let (Some(person), Some(requisition)) = (person, requisition) else {
            let workflow = self.workflow(workflow).await?;
            return self.of_workflow(workflow, person, requisition, None).await;
        };
        let (candidate, requisition) = futures_util::try_join!(self.candidate(person), self.requisition(requisition))?;
        Ok(Facts { candidate, requisition, workflow: None })
    }

    /// Reads workflow, candidate and requisition. Of the requisition, what this process read since `ordered_at` will do:
    /// it is no older than the order.
    pub(in crate::flows) async fn of_order(
        &self,
        memory: &Memory,
        workflow: &WorkflowId,
        person: Option<&PersonId>,
        requisition: Option<&RequisitionId>,
        ordered_at: Timestamp,
    ) -> Result<Facts, Failure> {
        let remembered = Some((memory, ordered_at));
        let (Some(person), Some(requisition)) = (person, requisition) else {
            let workflow = self.workflow(workflow).await?;
            return self.of_workflow(workflow, person, requisition, remembered).await;
        };
        // The candidate may have been merged into another since the event: then the workflow links to the survivor.
        let candidate = async {
            match self.ats.person(self.customer, person).await {
                Ok(contact) => Ok(Some(contact)),
                Err(AtsError::NotFound) => Ok(None),
                Err(error) => Err(Failure::from(error)),
            }
        };
        let (workflow, candidate, requisition) =
            futures_util::try_join!(self.workflow(workflow), candidate, self.shared(requisition, remembered))?;
        let candidate = match (candidate, &workflow.person) {
            (Some(candidate), _) => candidate,
            (None, Some(survivor)) if survivor != person => self.candidate(survivor).await?,
            (None, _) => return Err(hidden("candidate")),
        };
        Ok(Facts { candidate, requisition, workflow: Some(workflow) })
    }

    /// Reads what the workflow links to.
    pub(in crate::flows) async fn of_workflow(
        &self,
        workflow: RecruitingWorkflow,
        person: Option<&PersonId>,
        requisition: Option<&RequisitionId>,
        remembered: Option<(&Memory, Timestamp)>,
    ) -> Result<Facts, Failure> {
        let person = person.or(workflow.person.as_ref()).ok_or_else(|| hidden("candidate"))?;
        let requisition = requisition.or(workflow.requisition.as_ref()).ok_or_else(|| hidden("requisition"))?;
        let (candidate, requisition) =
            futures_util::try_join!(self.candidate(person), self.shared(requisition, remembered))?;
        Ok(Facts { candidate, requisition, workflow: Some(workflow) })
    }

    pub(in crate::flows) async fn workflow(&self, workflow: &WorkflowId) -> Result<RecruitingWorkflow, Failure> {
        self.ats.workflow(self.customer, workflow).await.map_err(gone("workflow"))
    }

    async fn candidate(&self, person: &PersonId) -> Result<Contact, Failure> {
        self.ats.person(self.customer, person).await.map_err(gone("candidate"))
    }

    async fn requisition(&self, requisition: &RequisitionId) -> Result<Requisition, Failure> {
        self.ats.requisition(self.customer, requisition).await.map_err(gone("requisition"))
    }

    async fn shared(
        &self,
        requisition: &RequisitionId,
        remembered: Option<(&Memory, Timestamp)>,
    ) -> Result<Requisition, Failure> {
        let Some((memory, since)) = remembered else { return self.requisition(requisition).await };
        let (key, now) = ((&self.customer.id, requisition), || self.clock.now());
        memory.requisitions.get(key, since, now, async || self.requisition(requisition).await).await
    }

    /// A person of staff, or nothing if the ATS does not show them.
    async fn staff(&self, memory: &Memory, person: Option<&PersonId>) -> Result<Option<Contact>, Failure> {
        let Some(person) = person else { return Ok(None) };
        let read = async || match self.ats.person(self.customer, person).await {
            Ok(contact) => Ok(Some(contact)),
            Err(AtsError::NotFound) => Ok(None),
            Err(error) => Err(Failure::from(error)),
        };
        let (key, now) = ((&self.customer.id, person), || self.clock.now());
        memory.staff.get(key, now().before(STAFF_FRESH), now, read).await
    }

    /// The first address that the customer's chain gives.
    pub(in crate::flows) async fn requester(
        &self,
        memory: &Memory,
        requisition: &Requisition,
        acting_user: Option<&PersonId>,
    ) -> Result<Email, Failure> {
        for source in &self.customer.settings.icims.requester {
            let email = match source {
                RequesterSource::Recruiter => self.staff(memory, requisition.recruiter.as_ref()).await?,
                RequesterSource::ActingUser => self.staff(memory, acting_user).await?,
                RequesterSource::Fixed(address) => Some(Contact { email: Email::parse(address), ..Contact::default() }),
            }
            .and_then(|contact| contact.email);
            if let Some(email) = email {
                return Ok(email);
            }
        }
        Err(Failure::Permanent(Refusal::NoRequester))
    }

    /// The requisition's hiring manager, if the ATS shows name and e-mail.
    pub(in crate::flows) async fn hiring_manager(
        &self,
        memory: &Memory,
        requisition: &Requisition,
    ) -> Result<Option<Staff>, Failure> {
        let contact = self.staff(memory, requisition.hiring_manager.as_ref()).await?;
        Ok(contact.as_ref().and_then(Staff::from_contact))
    }
}
