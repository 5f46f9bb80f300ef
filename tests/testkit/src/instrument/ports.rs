//! The layer round every port.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connector_core::domain::{
    CancelReason, Check, CheckKey, Contact, CorrelationId, Customer, CustomerId, EntryId, Envelope, Link, Message,
    Order, PersonId, RecruitingWorkflow, ReferenceRequest, RequestId, Requisition, RequisitionId, RowMarker, StatusId,
    Timestamp, View, WorkflowId,
};
use connector_core::failure::Failure;
use connector_core::ports::{
    Ats, AtsError, AtsQuota, Backoff, CancelOutcome, CreateError, Customers, DueCheck, DueChecks, ProviderError, Queue,
    ReadChecks, ReferenceProvider, RequestQuery, Survey, Write, WriteChecks,
};

use super::call_log::CallLog;

/// A port whose every call stands on a call log.
pub struct Instrumented<P: ?Sized> {
    pub(super) port: Arc<P>,
    pub(super) call_log: Arc<CallLog>,
    workflow: Option<WorkflowId>,
}

impl<P: ?Sized> Instrumented<P> {
    /// This port, on this call log.
    pub fn new(port: Arc<P>, call_log: Arc<CallLog>) -> Self {
        Self { port, call_log, workflow: None }
    }

    /// The same, seeing only this workflow's checks: for runs that share one store.
    pub fn only(mut self, workflow: WorkflowId) -> Self {
        self.workflow = Some(workflow);
        self
    }

    fn sees(&self, key: &CheckKey) -> bool {
        self.workflow.as_ref().is_none_or(|workflow| key.workflow == *workflow)
    }
}

/// What the AWS adapters tell when all tries of the SDK met no answer.
pub(super) fn lost<T>() -> Result<T, Failure> {
    Err(Failure::retry("AWS: timeout"))
}

pub(super) fn ats_lost<T>() -> Result<T, AtsError> {
    Err(AtsError::Unavailable { why: "timeout".to_owned() })
}

fn provider_lost<T>() -> Result<T, ProviderError> {
    Err(ProviderError::Unavailable { why: "timeout".to_owned() })
}

#[async_trait]
impl<P: Customers + ?Sized> Customers for Instrumented<P> {
    async fn customer(&self, id: &CustomerId) -> Result<Option<Arc<Customer>>, Failure> {
        self.call_log.call("customers.customer", self.port.customer(id), lost).await
    }
}

#[async_trait]
impl<P: ReadChecks + ?Sized> ReadChecks for Instrumented<P> {
    async fn latest(&self, customer: &CustomerId, workflow: &WorkflowId) -> Result<Option<Check>, Failure> {
        self.call_log.call("checks.latest", self.port.latest(customer, workflow), lost).await
    }

    async fn load(&self, key: &CheckKey) -> Result<Option<Check>, Failure> {
        self.call_log.call("checks.load", self.port.load(key), lost).await
    }

    async fn by_request(&self, customer: &CustomerId, request: &RequestId) -> Result<Option<CheckKey>, Failure> {
        self.call_log.call("checks.by_request", self.port.by_request(customer, request), lost).await
    }

    async fn outcome_unknown(&self, customer: &CustomerId, address: &str) -> Result<Vec<CheckKey>, Failure> {
        let unknown = self.port.outcome_unknown(customer, address);
        let mut found = self.call_log.call("checks.outcome_unknown", unknown, lost).await?;
        found.retain(|key| self.sees(key));
        Ok(found)
    }
}

#[async_trait]
impl<P: WriteChecks + ?Sized> WriteChecks for Instrumented<P> {
    async fn insert(&self, check: &Check, retention_days: u16) -> Result<Write, Failure> {
        self.call_log.call("checks.insert", self.port.insert(check, retention_days), lost).await
    }

    async fn save(&self, check: &mut Check, retention_days: u16) -> Result<Write, Failure> {
        let loaded = check.version;
        // As in the adapter: a caller that hears no answer holds the version that it loaded.
        let mut written = check.clone();
        let answer = self.call_log.call("checks.save", self.port.save(&mut written, retention_days), lost).await;
        check.version = if matches!(answer, Ok(Write::Stored)) { written.version } else { loaded };
        answer
    }
}

#[async_trait]
impl<P: DueChecks + ?Sized> DueChecks for Instrumented<P> {
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<DueCheck>, Failure> {
        let mut found = self.call_log.call("checks.due", self.port.due(now, limit), lost).await?;
        found.retain(|due| self.sees(&due.key));
        Ok(found)
    }

    async fn postpone(&self, due: &DueCheck, until: Timestamp) -> Result<bool, Failure> {
        self.call_log.call("checks.postpone", self.port.postpone(due, until), lost).await
    }
}

#[async_trait]
impl<P: Queue + ?Sized> Queue for Instrumented<P> {
    async fn send(&self, message: Envelope<Message>) -> Result<(), Failure> {
        self.call_log.call("queue.send", self.port.send(message), lost).await
    }

    async fn send_all(&self, messages: Vec<Envelope<Message>>) -> Result<(), Failure> {
        self.call_log.call("queue.send_all", self.port.send_all(messages), lost).await
    }
}

#[async_trait]
impl<P: Backoff + ?Sized> Backoff for Instrumented<P> {
    async fn put_off(&self, receipt_handle: &str, span: Duration) -> Result<(), Failure> {
        self.call_log.call("backoff.put_off", self.port.put_off(receipt_handle, span), lost).await
    }
}

impl<P: AtsQuota + ?Sized> AtsQuota for Instrumented<P> {
    fn pause_for_background(&self, customer: &Customer) -> Option<Duration> {
        // What the adapter remembers: no call.
        self.port.pause_for_background(customer)
    }
}

#[async_trait]
impl<P: Ats + ?Sized> Ats for Instrumented<P> {
    async fn workflow(&self, customer: &Customer, workflow: &WorkflowId) -> Result<RecruitingWorkflow, AtsError> {
        self.call_log.call("ats.workflow", self.port.workflow(customer, workflow), ats_lost).await
    }

    async fn person(&self, customer: &Customer, person: &PersonId) -> Result<Contact, AtsError> {
        self.call_log.call("ats.person", self.port.person(customer, person), ats_lost).await
    }

    async fn requisition(&self, customer: &Customer, requisition: &RequisitionId) -> Result<Requisition, AtsError> {
        self.call_log.call("ats.requisition", self.port.requisition(customer, requisition), ats_lost).await
    }

    async fn add_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        view: &View,
    ) -> Result<Option<EntryId>, AtsError> {
        self.call_log.call("ats.add_row", self.port.add_row(customer, workflow, view), ats_lost).await
    }

    async fn find_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        marker: &RowMarker,
    ) -> Result<Option<EntryId>, AtsError> {
        self.call_log.call("ats.find_row", self.port.find_row(customer, workflow, marker), ats_lost).await
    }

    async fn change_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        entry: &EntryId,
        view: &View,
    ) -> Result<(), AtsError> {
        self.call_log.call("ats.change_row", self.port.change_row(customer, workflow, entry, view), ats_lost).await
    }

    async fn move_status(&self, customer: &Customer, workflow: &WorkflowId, status: &StatusId) -> Result<(), AtsError> {
        self.call_log.call("ats.move_status", self.port.move_status(customer, workflow, status), ats_lost).await
    }

    async fn attach_pdf(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        field: &str,
        file_name: &str,
        pdf: Vec<u8>,
    ) -> Result<(), AtsError> {
        let attach = self.port.attach_pdf(customer, workflow, field, file_name, pdf);
        self.call_log.call("ats.attach_pdf", attach, ats_lost).await
    }
}

#[async_trait]
impl<P: ReferenceProvider + ?Sized> ReferenceProvider for Instrumented<P> {
    async fn create(
        &self,
        customer: &Customer,
        order: &Order,
        correlation_id: &CorrelationId,
    ) -> Result<RequestId, CreateError> {
        let create = async {
            self.call_log.post(order.external_id.clone());
            let created = self.port.create(customer, order, correlation_id).await;
            if let Ok(request) = &created {
                self.call_log.create(&order.external_id, request);
            }
            created
        };
        let lost = || Err(CreateError::Unknown { why: "timeout".to_owned() });
        self.call_log.call("crosschq.create", create, lost).await
    }

    async fn read(&self, customer: &Customer, request: &RequestId) -> Result<ReferenceRequest, ProviderError> {
        self.call_log.call("crosschq.read", self.port.read(customer, request), provider_lost).await
    }

    async fn find(
        &self,
        customer: &Customer,
        query: &RequestQuery<'_>,
    ) -> Result<Vec<ReferenceRequest>, ProviderError> {
        self.call_log.call("crosschq.find", self.port.find(customer, query), provider_lost).await
    }

    async fn cancel(
        &self,
        customer: &Customer,
        request: &RequestId,
        reason: CancelReason,
    ) -> Result<CancelOutcome, ProviderError> {
        self.call_log.call("crosschq.cancel", self.port.cancel(customer, request, reason), provider_lost).await
    }

    async fn surveys(&self, customer: &Customer) -> Result<Vec<Survey>, ProviderError> {
        self.call_log.call("crosschq.surveys", self.port.surveys(customer), provider_lost).await
    }

    async fn fetch_pdf(&self, customer: &Customer, link: &Link) -> Result<Vec<u8>, ProviderError> {
        self.call_log.call("crosschq.fetch_pdf", self.port.fetch_pdf(customer, link), provider_lost).await
    }
}
