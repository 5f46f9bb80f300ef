//! Both vendors, played from a log.

use async_trait::async_trait;
use connector::domain::{
    CancelReason, Contact, CorrelationId, Customer, Email, Entered, EntryId, Link, Name, Order, PersonId,
    RecruitingWorkflow, ReferenceRequest, RequestId, Requisition, RequisitionId, Stage, Standing, StatusId, Timestamp,
    View, WorkflowId,
};
use connector::ports::{
    Ats, AtsError, AtsLog, AtsQuota, CancelOutcome, CreateError, Likely, ProviderError, ReferenceProvider, Sought,
    Survey,
};

use super::{Replay, key, odd};
use crate::call::{Answer, Call, Live, number_of, request_id};
use crate::config::Sabotage;
use crate::settings;

impl Live {
    /// The request in the domain's words.
    pub(crate) fn told(&self, echoes_external_id: bool) -> ReferenceRequest {
        ReferenceRequest {
            id: request_id(self.number),
            external_id: echoes_external_id.then(|| key(self.attempt).external_id()),
            stage: self.stage,
            past_due: false,
            concluded_early: false,
            progress: Default::default(),
            report: (self.stage == Stage::Completed).then(|| Link::parse("https://crosschq.example/r")).flatten(),
            full_pdf: None,
            summary_pdf: None,
            score: None,
            fraud_risk: None,
            created_at: None,
            updated_at: Some(self.updated_at),
            candidate: contact(),
            position: Some("T".to_owned()),
        }
    }
}

fn no_answer() -> AtsError {
    AtsError::Unavailable { why: "model".to_owned() }
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
    async fn standing(&self, _: &Customer, _: &WorkflowId) -> Result<Standing, AtsError> {
        unreachable!("the customer of the model looks for no missed pushes")
    }

    async fn status_log(&self, _: &Customer, _: &WorkflowId) -> Result<Vec<Entered>, AtsError> {
        unreachable!("the customer of the model has its workflows moved nowhere")
    }
}

#[async_trait]
impl Ats for Replay {
    async fn workflow(&self, _: &Customer, _: &WorkflowId) -> Result<RecruitingWorkflow, AtsError> {
        match ask!(self, Call::Workflow) {
            Answer::Status(status) => Ok(RecruitingWorkflow {
                status: Some(StatusId::parse(status.id()).unwrap()),
                person: Some(settings::person()),
                requisition: Some(settings::requisition()),
            }),
            Answer::Failed => Err(no_answer()),
            other => odd(&other),
        }
    }

    async fn person(&self, _: &Customer, _: &PersonId) -> Result<Contact, AtsError> {
        Ok(contact())
    }

    async fn requisition(&self, _: &Customer, _: &RequisitionId) -> Result<Requisition, AtsError> {
        Ok(Requisition { template_values: vec!["t".to_owned()], ..Requisition::default() })
    }

    async fn add_row(&self, _: &Customer, _: &WorkflowId, view: &View) -> Result<Option<EntryId>, AtsError> {
        match ask!(self, Call::AddRow { date: view.date, digest: view.digest().to_string() }) {
            Answer::Entry(entry) => Ok(entry.map(entry_id)),
            Answer::Failed => Err(no_answer()),
            other => odd(&other),
        }
    }

    async fn find_row(
        &self,
        _: &Customer,
        _: &WorkflowId,
        since: Timestamp,
        held: &[EntryId],
    ) -> Result<Option<EntryId>, AtsError> {
        let held = held.iter().map(|entry| entry.as_str()[1..].parse().unwrap()).collect();
        match ask!(self, Call::FindRow { since, held }) {
            Answer::Entry(entry) => Ok(entry.map(entry_id)),
            Answer::Failed => Err(no_answer()),
            other => odd(&other),
        }
    }

    async fn change_row(&self, _: &Customer, _: &WorkflowId, entry: &EntryId, view: &View) -> Result<(), AtsError> {
        let number = entry.as_str()[1..].parse().unwrap();
        match ask!(self, Call::ChangeRow { entry: number, date: view.date, digest: view.digest().to_string() }) {
            Answer::Ok => Ok(()),
            Answer::Failed => Err(no_answer()),
            other => odd(&other),
        }
    }

    async fn move_status(&self, _: &Customer, _: &WorkflowId, _: &StatusId) -> Result<(), AtsError> {
        unreachable!("no stage of this customer moves the workflow")
    }

    async fn attach_pdf(&self, _: &Customer, _: &WorkflowId, _: &str, _: &str, _: Vec<u8>) -> Result<(), AtsError> {
        unreachable!("this customer attaches no PDF")
    }
}

fn provider_failed() -> ProviderError {
    ProviderError::Unavailable { why: "model".to_owned() }
}

#[async_trait]
impl ReferenceProvider for Replay {
    async fn create(&self, _: &Customer, order: &Order, _: &CorrelationId) -> Result<RequestId, CreateError> {
        let attempt = order.external_id.rsplit(':').next().unwrap().parse().unwrap();
        match ask!(self, Call::Create { attempt }) {
            Answer::Request(Some(number)) => Ok(request_id(number)),
            Answer::AlreadyExists => Err(CreateError::AlreadyExists),
            Answer::Refused => Err(CreateError::NotCreated(ProviderError::Refused { fields: Vec::new() })),
            Answer::Failed => Err(CreateError::NotCreated(ProviderError::RateLimited { after: None })),
            Answer::Unknown if self.sabotage == Sabotage::SilenceMeansNo => {
                Err(CreateError::NotCreated(provider_failed()))
            }
            Answer::Unknown => Err(CreateError::Unknown { why: "model".to_owned() }),
            other => odd(&other),
        }
    }

    async fn read(&self, _: &Customer, request: &RequestId) -> Result<ReferenceRequest, ProviderError> {
        match ask!(self, Call::Read { request: number_of(request) }) {
            Answer::Live(Some(live)) => Ok(live.told(self.echoes)),
            Answer::Live(None) => Err(ProviderError::NotFound),
            Answer::Failed => Err(provider_failed()),
            other => odd(&other),
        }
    }

    async fn find(&self, _: &Customer, sought: &Sought<'_>) -> Result<Vec<Likely>, ProviderError> {
        let attempt = sought.external_id.rsplit(':').next().unwrap().parse().unwrap();
        match ask!(self, Call::Find { attempt }) {
            Answer::Request(found) => {
                Ok(found.map(|number| Likely { request: request_id(number), uncertain: false }).into_iter().collect())
            }
            Answer::Failed => Err(provider_failed()),
            other => odd(&other),
        }
    }

    async fn cancel(&self, _: &Customer, request: &RequestId, _: CancelReason) -> Result<CancelOutcome, ProviderError> {
        match ask!(self, Call::Cancel { request: number_of(request) }) {
            Answer::Cancelled { completed: true } => Ok(CancelOutcome::AlreadyCompleted),
            Answer::Cancelled { completed: false } => Ok(CancelOutcome::Cancelled),
            Answer::Failed => Err(provider_failed()),
            other => odd(&other),
        }
    }

    async fn surveys(&self, _: &Customer) -> Result<Vec<Survey>, ProviderError> {
        match ask!(self, Call::Surveys) {
            Answer::Ok => Ok(Vec::new()),
            Answer::Failed => Err(provider_failed()),
            other => odd(&other),
        }
    }

    async fn fetch_pdf(&self, _: &Customer, _: &Link) -> Result<Vec<u8>, ProviderError> {
        unreachable!("this customer attaches no PDF")
    }
}
