//! The ports, played from a log: calls that were answered are answered the same again, the first one that was not is
//! noted, and the flow waits there.

use std::future::pending;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use connector::domain::{
    CancelReason, Candidate, Check, CheckKey, Contact, CorrelationId, Customer, CustomerId, Email, EntryId, Envelope,
    Link, Message, Name, Order, PersonId, RecruitingWorkflow, ReferenceRequest, RequestId, Requisition, RequisitionId,
    Stage, StatusId, Timestamp, View, WorkflowId,
};
use connector::failure::Failure;
use connector::ports::{
    Ats, AtsError, AtsQuota, CancelOutcome, CheckStore, Clock, CreateError, DueCheck, ProviderError, Queue,
    ReferenceProvider, Survey, Write,
};

use crate::call::{Answer, Call, Live, Mail, number_of, request_id};
use crate::settings::{self, workflow_id};
use crate::snap::Snap;

/// What was answered so far, each with the moment from which the flow goes on.
pub(crate) type Log = Vec<(Answer, Timestamp)>;

/// The world as one worker knows it.
pub(crate) struct Replay {
    log: Arc<Log>,
    echoes_external_id: bool,
    seat: Mutex<Seat>,
}

struct Seat {
    next: usize,
    now: Timestamp,
    pending: Option<Call>,
}

impl Replay {
    pub(crate) fn new(log: Arc<Log>, started: Timestamp, echoes_external_id: bool) -> Self {
        Self { log, echoes_external_id, seat: Mutex::new(Seat { next: 0, now: started, pending: None }) }
    }

    /// The call that the flow waits for.
    pub(crate) fn take_pending(&self) -> Option<Call> {
        self.seat.lock().unwrap().pending.take()
    }

    /// Of calls made at once only the first is noted: the others are asked again when it has its answer.
    fn answered(&self, call: impl FnOnce() -> Call) -> Option<Answer> {
        let mut seat = self.seat.lock().unwrap();
        let answer = self.log.get(seat.next);
        seat.next += 1;
        if let Some((answer, at)) = answer {
            seat.now = *at;
            return Some(answer.clone());
        }
        if seat.pending.is_none() {
            seat.pending = Some(call());
        }
        None
    }
}

macro_rules! ask {
    ($self:ident, $call:expr) => {
        match $self.answered(|| $call) {
            Some(answer) => answer,
            None => return pending().await,
        }
    };
}

fn odd(answer: &Answer) -> ! {
    unreachable!("not an answer to this call: {answer:?}")
}

fn key(attempt: u32) -> CheckKey {
    CheckKey { customer: crate::call::customer_id(), workflow: workflow_id(), attempt }
}

fn store_failed() -> Failure {
    Failure::retry("store")
}

impl Clock for Replay {
    fn now(&self) -> Timestamp {
        self.seat.lock().unwrap().now
    }
}

#[async_trait]
impl CheckStore for Replay {
    async fn latest(&self, _: &CustomerId, _: &WorkflowId) -> Result<Option<Check>, Failure> {
        match ask!(self, Call::Latest) {
            Answer::Check(found) => Ok(found.map(|snap| (*snap.check).clone())),
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
        }
    }

    async fn load(&self, key: &CheckKey) -> Result<Option<Check>, Failure> {
        match ask!(self, Call::Load { attempt: key.attempt }) {
            Answer::Check(found) => Ok(found.map(|snap| (*snap.check).clone())),
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
        }
    }

    async fn by_request(&self, _: &CustomerId, request: &RequestId) -> Result<Option<CheckKey>, Failure> {
        match ask!(self, Call::ByRequest { request: number_of(request) }) {
            Answer::Attempts(found) => Ok(found.first().copied().map(key)),
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
        }
    }

    async fn outcome_unknown(&self, _: &CustomerId) -> Result<Vec<CheckKey>, Failure> {
        match ask!(self, Call::OutcomeUnknown) {
            Answer::Attempts(found) => Ok(found.into_iter().map(key).collect()),
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
        }
    }

    async fn insert(&self, check: &Check, _: u16) -> Result<Write, Failure> {
        match ask!(self, Call::Insert(Snap::of(check))) {
            Answer::Stored => Ok(Write::Stored),
            Answer::Conflict(theirs) => Ok(Write::Conflict(Box::new((*theirs.check).clone()))),
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
        }
    }

    async fn save(&self, check: &mut Check, _: u16) -> Result<Write, Failure> {
        match ask!(self, Call::Save(Snap::of(check))) {
            Answer::Stored => {
                check.version += 1;
                Ok(Write::Stored)
            }
            Answer::Conflict(theirs) => Ok(Write::Conflict(Box::new((*theirs.check).clone()))),
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
        }
    }

    async fn due(&self, _: Timestamp, _: usize) -> Result<Vec<DueCheck>, Failure> {
        match ask!(self, Call::Due) {
            Answer::Due(found) => {
                Ok(found.into_iter().map(|(attempt, due_at)| DueCheck { key: key(attempt), due_at }).collect())
            }
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
        }
    }

    async fn postpone(&self, due: &DueCheck, until: Timestamp) -> Result<bool, Failure> {
        match ask!(self, Call::Postpone { attempt: due.key.attempt, due_at: due.due_at, until }) {
            Answer::Postponed(moved) => Ok(moved),
            Answer::Failed => Err(store_failed()),
            other => odd(&other),
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
            updated_at: Some(self.updated_at),
            candidate: contact(),
            position: Some("T".to_owned()),
        }
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
            Answer::Unknown => Err(CreateError::Unknown { why: "model".to_owned() }),
            other => odd(&other),
        }
    }

    async fn read(&self, _: &Customer, request: &RequestId) -> Result<ReferenceRequest, ProviderError> {
        match ask!(self, Call::Read { request: number_of(request) }) {
            Answer::Live(Some(live)) => Ok(live.told(self.echoes_external_id)),
            Answer::Live(None) => Err(ProviderError::NotFound),
            Answer::Failed => Err(provider_failed()),
            other => odd(&other),
        }
    }

    async fn find(
        &self,
        _: &Customer,
        external_id: &str,
        _: Option<&Candidate>,
    ) -> Result<Option<RequestId>, ProviderError> {
        let attempt = external_id.rsplit(':').next().unwrap().parse().unwrap();
        match ask!(self, Call::Find { attempt }) {
            Answer::Request(found) => Ok(found.map(request_id)),
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
        unreachable!("no flow asks for surveys")
    }

    async fn fetch_pdf(&self, _: &Customer, _: &Link) -> Result<Vec<u8>, ProviderError> {
        unreachable!("this customer attaches no PDF")
    }
}

#[async_trait]
impl Queue for Replay {
    async fn send(&self, message: Envelope<Message>) -> Result<(), Failure> {
        match ask!(self, Call::Send(Mail::of(&message))) {
            Answer::Ok => Ok(()),
            Answer::Failed => Err(Failure::retry("queue")),
            other => odd(&other),
        }
    }
}
