//! Both vendors, played from a log.

use async_trait::async_trait;
use connector_core::domain::{
    CancelReason, Contact, CorrelationId, Customer, CustomerId, Email, Entered, EntryId, Fingerprint, Link, Name,
    Order, PersonId, RecruitingWorkflow, ReferenceRequest, RequestId, Requisition, RequisitionId, RowMarker, Stage,
    Standing, StatusId, View, WorkflowId,
};
use connector_core::failure::Failure;
use connector_core::ports::{
    Ats, AtsError, AtsLog, AtsQuota, CancelOutcome, CreateError, Fingerprints, ProviderError, ReferenceProvider,
    RequestQuery, Survey,
};

use super::{Failed, Replay, key};
use crate::call::{Answer, Call, Live, Status, number_of, request_id};
use crate::config::Sabotage;
use crate::settings;

impl Live {
    /// The request in the domain's words.
    pub(crate) fn request(&self, echoes_external_id: bool) -> ReferenceRequest {
        ReferenceRequest {
            id: request_id(self.number),
            external_id: echoes_external_id.then(|| key(self.attempt).external_id(self.claimed_at)),
            stage: self.stage,
            past_due: false,
            concluded_early: false,
            progress: Default::default(),
            report: (self.stage == Stage::Completed).then(|| Link::parse("https://crosschq.example/r")).flatten(),
            full_pdf: None,
            score: None,
            fraud_risk: None,
            created_at: Some(self.created_at),
            updated_at: Some(self.updated_at),
            candidate: contact(),
            position: Some("T".to_owned()),
        }
    }
}

impl Failed for AtsError {
    fn failed() -> Self {
        Self::Unavailable { why: "model".to_owned() }
    }
}

impl Failed for ProviderError {
    fn failed() -> Self {
        Self::Unavailable { why: "model".to_owned() }
    }
}

impl Failed for CreateError {
    fn failed() -> Self {
        Self::NotCreated(ProviderError::RateLimited { after: None })
    }
}

fn contact() -> Contact {
    Contact {
        first_name: Name::parse("A"),
        last_name: Name::parse("B"),
        email: Email::parse("a@b.example"),
        mobile: None,
    }
}

fn entry_id(number: u8) -> EntryId {
    EntryId::parse(format!("e{number}")).unwrap()
}

impl AtsQuota for Replay {}

#[async_trait]
impl AtsLog for Replay {
    async fn standing(&self, customer: &Customer, workflow: &WorkflowId) -> Result<Standing, AtsError> {
        // This platform shows no log.
        let workflow = self.workflow(customer, workflow).await?;
        Ok(Standing { workflow, log: Vec::new() })
    }

    async fn status_log(&self, _: &Customer, _: &WorkflowId) -> Result<Vec<Entered>, AtsError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Ats for Replay {
    async fn workflow(&self, _: &Customer, _: &WorkflowId) -> Result<RecruitingWorkflow, AtsError> {
        let workflow = |status: Status| RecruitingWorkflow {
            status: Some(StatusId::parse(status.id()).unwrap()),
            person: Some(settings::person()),
            requisition: Some(settings::requisition()),
        };
        replay!(self, Call::Workflow, Answer::Status(status) => Ok(workflow(status)))
    }

    async fn person(&self, _: &Customer, _: &PersonId) -> Result<Contact, AtsError> {
        Ok(contact())
    }

    async fn requisition(&self, _: &Customer, _: &RequisitionId) -> Result<Requisition, AtsError> {
        Ok(Requisition { template_values: vec!["t".to_owned()], ..Requisition::default() })
    }

    async fn add_row(&self, _: &Customer, _: &WorkflowId, view: &View) -> Result<Option<EntryId>, AtsError> {
        let call = || Call::AddRow { attempt: attempt_of(&view.marker), digest: view.digest().to_string() };
        replay!(self, call(), Answer::Entry(entry) => Ok(entry.map(entry_id)))
    }

    async fn find_row(&self, _: &Customer, _: &WorkflowId, marker: &RowMarker) -> Result<Option<EntryId>, AtsError> {
        let attempt = attempt_of(marker);
        replay!(self, Call::FindRow { attempt }, Answer::Entry(entry) => Ok(entry.map(entry_id)))
    }

    async fn change_row(&self, _: &Customer, _: &WorkflowId, entry: &EntryId, view: &View) -> Result<(), AtsError> {
        let number = entry.as_str()[1..].parse().unwrap();
        let call = || Call::ChangeRow { entry: number, digest: view.digest().to_string() };
        replay!(self, call(), Answer::Ok => Ok(()))
    }

    async fn move_status(&self, _: &Customer, _: &WorkflowId, _: &StatusId) -> Result<(), AtsError> {
        unreachable!("no stage of this customer moves the workflow")
    }

    async fn attach_pdf(&self, _: &Customer, _: &WorkflowId, _: &str, _: &str, _: Vec<u8>) -> Result<(), AtsError> {
        unreachable!("this customer attaches no PDF")
    }
}

fn attempt_of(marker: &RowMarker) -> u32 {
    marker.as_str().rsplit('-').next().unwrap().parse().unwrap()
}

fn attempt_of_id(external_id: &str) -> u32 {
    external_id.rsplit(':').nth(1).unwrap().parse().unwrap()
}

#[async_trait]
impl Fingerprints for Replay {
    async fn of(&self, _: &CustomerId, email: &Email, position: &str) -> Result<Vec<Fingerprint>, Failure> {
        Ok(vec![Fingerprint { address: email.expose().to_owned(), position: position.to_owned() }])
    }
}

#[async_trait]
impl ReferenceProvider for Replay {
    async fn create(&self, _: &Customer, order: &Order, _: &CorrelationId) -> Result<RequestId, CreateError> {
        let attempt = attempt_of_id(&order.external_id);
        let unknown = || match self.sabotage {
            Sabotage::SilenceMeansNo => CreateError::NotCreated(Failed::failed()),
            _ => CreateError::Unknown { why: "model".to_owned() },
        };
        replay!(self, Call::Create { attempt },
            Answer::Request(Some(number)) => Ok(request_id(number)),
            Answer::AlreadyExists => Err(CreateError::AlreadyExists),
            Answer::Refused => Err(CreateError::NotCreated(ProviderError::Refused { fields: Vec::new() })),
            Answer::Unknown => Err(unknown()))
    }

    async fn read(&self, _: &Customer, request: &RequestId) -> Result<ReferenceRequest, ProviderError> {
        let call = Call::Read { request: number_of(request) };
        let read = |live: Option<Live>| live.map(|live| live.request(self.echoes)).ok_or(ProviderError::NotFound);
        replay!(self, call, Answer::Live(live) => read(live))
    }

    async fn find(&self, _: &Customer, query: &RequestQuery<'_>) -> Result<Vec<ReferenceRequest>, ProviderError> {
        let call = Call::Find { attempt: attempt_of_id(query.external_id) };
        replay!(self, call, Answer::Live(found) => Ok(found.map(|live| live.request(true)).into_iter().collect()))
    }

    async fn cancel(&self, _: &Customer, request: &RequestId, _: CancelReason) -> Result<CancelOutcome, ProviderError> {
        let outcome = |completed| if completed { CancelOutcome::AlreadyCompleted } else { CancelOutcome::Cancelled };
        let call = Call::Cancel { request: number_of(request) };
        replay!(self, call, Answer::Cancelled { completed } => Ok(outcome(completed)))
    }

    async fn surveys(&self, _: &Customer) -> Result<Vec<Survey>, ProviderError> {
        replay!(self, Call::Surveys, Answer::Ok => Ok(Vec::new()))
    }

    async fn fetch_pdf(&self, _: &Customer, _: &Link) -> Result<Vec<u8>, ProviderError> {
        unreachable!("this customer attaches no PDF")
    }
}
