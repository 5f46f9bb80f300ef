//! What an order needs to know from the ATS, read in parallel.

use crate::domain::{
    Check, Contact, Customer, Email, Order, PersonId, RecruitingWorkflow, Refusal, RequesterSource, Requisition,
    RequisitionId, Staff, WorkflowId, resolve_template,
};
use crate::failure::Failure;
use crate::ports::{Ats, AtsError};

/// A workflow with its candidate and requisition.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) workflow: RecruitingWorkflow,
    pub(super) candidate: Contact,
    pub(super) requisition: Requisition,
}

fn gone(what: &'static str) -> impl Fn(AtsError) -> Failure {
    move |error| match error {
        AtsError::NotFound => Failure::Permanent(Refusal::GoneFromAts { what: what.to_owned() }),
        other => other.into(),
    }
}

/// Reads workflow, candidate and requisition: at once where the event told their ids, else by way of the workflow.
pub(super) async fn gather(
    ats: &dyn Ats,
    customer: &Customer,
    workflow: &WorkflowId,
    person: Option<&PersonId>,
    requisition: Option<&RequisitionId>,
) -> Result<Facts, Failure> {
    let read_person = async |id: &PersonId| ats.person(customer, id).await.map_err(gone("candidate"));
    let read_requisition = async |id: &RequisitionId| ats.requisition(customer, id).await.map_err(gone("requisition"));
    if let (Some(person), Some(requisition)) = (person, requisition) {
        let (workflow, candidate, requisition) = futures_util::try_join!(
            async { ats.workflow(customer, workflow).await.map_err(gone("workflow")) },
            read_person(person),
            read_requisition(requisition),
        )?;
        return Ok(Facts { workflow, candidate, requisition });
    }
    let workflow = ats.workflow(customer, workflow).await.map_err(gone("workflow"))?;
    let hidden = |what: &str| Failure::Permanent(Refusal::GoneFromAts { what: what.to_owned() });
    let person = person.or(workflow.person.as_ref()).ok_or_else(|| hidden("candidate"))?;
    let requisition = requisition.or(workflow.requisition.as_ref()).ok_or_else(|| hidden("requisition"))?;
    let (candidate, requisition) = futures_util::try_join!(read_person(person), read_requisition(requisition))?;
    Ok(Facts { workflow, candidate, requisition })
}

/// The position that a check's create named. A process that ended before it recorded its create did not record the
/// template either: then it is the one that the requisition names.
pub(super) fn position(customer: &Customer, check: &Check, requisition: &Requisition) -> Option<String> {
    let template = match &check.template {
        Some(tag) => customer.templates.iter().find(|known| known.tag == *tag),
        None => resolve_template(customer, requisition).ok(),
    };
    template.map(|template| Order::position(template, requisition))
}

/// A person of staff, or nothing if the ATS does not show them.
async fn staff(ats: &dyn Ats, customer: &Customer, person: Option<&PersonId>) -> Result<Option<Contact>, Failure> {
    let Some(person) = person else { return Ok(None) };
    match ats.person(customer, person).await {
        Ok(contact) => Ok(Some(contact)),
        Err(AtsError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The first address that the customer's chain gives.
pub(super) async fn requester(
    ats: &dyn Ats,
    customer: &Customer,
    requisition: &Requisition,
    acting_user: Option<&PersonId>,
) -> Result<Email, Failure> {
    for source in &customer.settings.icims.requester {
        let email = match source {
            RequesterSource::Recruiter => staff(ats, customer, requisition.recruiter.as_ref()).await?,
            RequesterSource::ActingUser => staff(ats, customer, acting_user).await?,
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
pub(super) async fn hiring_manager(
    ats: &dyn Ats,
    customer: &Customer,
    requisition: &Requisition,
) -> Result<Option<Staff>, Failure> {
    let contact = staff(ats, customer, requisition.hiring_manager.as_ref()).await?;
    Ok(contact.as_ref().and_then(Staff::from_contact))
}
