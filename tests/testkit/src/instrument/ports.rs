//! The layer round every port.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connector_core::domain::{
    CancelReason, Check, CheckKey, Contact, CorrelationId, Customer, CustomerId, Entered, EntryId, Envelope, Link,
    Message, Order, PersonId, RecruitingWorkflow, ReferenceRequest, RequestId, Requisition, RequisitionId, RowMarker,
    Standing, StatusId, Timestamp, View, Watermark, WorkflowId,
};
use connector_core::failure::Failure;
use connector_core::ports::{
    Ats, AtsError, AtsLog, AtsQuota, AtsSearch, Backoff, CancelOutcome, CreateError, Customers, DueCheck, DueChecks,
    OptedIn, ProviderError, Queue, ReadChecks, ReferenceProvider, RequestQuery, Survey, Watermarks, Write, WriteChecks,
};

use super::call_log::CallLog;

/// A port whose every call is in a call log.
pub struct Instrumented<P: ?Sized> {
    port: Arc<P>,
    call_log: Arc<CallLog>,
    workflow: Option<WorkflowId>,
    hides_entries: bool,
}

impl<P: ?Sized> Instrumented<P> {
    pub fn new(port: Arc<P>, call_log: Arc<CallLog>) -> Self {
        Self { port, call_log, workflow: None, hides_entries: false }
    }

    /// The same, seeing only this workflow's checks: for runs that share one store.
    pub fn only(self, workflow: WorkflowId) -> Self {
        Self { workflow: Some(workflow), ..self }
    }

    /// The same, as an iCIMS that does not name the entry of a new row (docs/vendors/icims.md §4.3).
    pub fn hiding_entries(self, hides_entries: bool) -> Self {
        Self { hides_entries, ..self }
    }

    fn sees(&self, key: &CheckKey) -> bool {
        self.workflow.as_ref().is_none_or(|workflow| key.workflow == *workflow)
    }
}

/// What the AWS adapters return when none of the SDK's tries was answered.
fn lost<T>() -> Result<T, Failure> {
    Err(Failure::retry("AWS: timeout"))
}

fn ats_lost<T>() -> Result<T, AtsError> {
    Err(AtsError::Unavailable { why: "timeout".to_owned() })
}

fn provider_lost<T>() -> Result<T, ProviderError> {
    Err(ProviderError::Unavailable { why: "timeout".to_owned() })
}

/// Implements a port by forwarding: `port as "name in the log", error type, what the caller gets when the reply is lost`,
/// its methods that do nothing else, and in a second block those that do.
macro_rules! forward {
    (
        $port:ident as $name:literal, $error:ty, $lost:ident {
            $(fn $method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*
        }
        $({ $($own:tt)* })?
    ) => {
        #[async_trait]
        impl<P: $port + ?Sized> $port for Instrumented<P> {
            $(
                async fn $method(&self, $($argument: $type),*) -> Result<$answer, $error> {
                    let call = self.port.$method($($argument),*);
                    self.call_log.call(concat!($name, ".", stringify!($method)), call, $lost).await
                }
            )*
            $($($own)*)?
        }
    };
}

forward! {
    Customers as "customers", Failure, lost {
        fn customer(id: &CustomerId) -> Option<Arc<Customer>>;
    }
}

forward! {
    OptedIn as "customers", Failure, lost {
        fn opted_in() -> Vec<CustomerId>;
    }
}

forward! {
    ReadChecks as "checks", Failure, lost {
        fn latest(customer: &CustomerId, workflow: &WorkflowId) -> Option<Check>;
        fn load(key: &CheckKey) -> Option<Check>;
        fn by_request(customer: &CustomerId, request: &RequestId) -> Option<CheckKey>;
    }
    {
        async fn outcome_unknown(&self, customer: &CustomerId, address: &str) -> Result<Vec<CheckKey>, Failure> {
            let unknown = self.port.outcome_unknown(customer, address);
            let mut found = self.call_log.call("checks.outcome_unknown", unknown, lost).await?;
            found.retain(|key| self.sees(key));
            Ok(found)
        }
    }
}

forward! {
    WriteChecks as "checks", Failure, lost {}
    {
        async fn insert(&self, check: &Check, retention_days: u16) -> Result<Write, Failure> {
            let insert = async {
                let answer = self.port.insert(check, retention_days).await;
                self.call_log.written(check, &answer);
                answer
            };
            self.call_log.call("checks.insert", insert, lost).await
        }

        async fn save(&self, check: &mut Check, retention_days: u16) -> Result<Write, Failure> {
            let loaded = check.version;
            // As in the adapter: a caller that gets no answer holds the version that it loaded.
            let mut written = check.clone();
            let save = async {
                let answer = self.port.save(&mut written, retention_days).await;
                self.call_log.written(&written, &answer);
                answer
            };
            let answer = self.call_log.call("checks.save", save, lost).await;
            check.version = if matches!(answer, Ok(Write::Stored)) { written.version } else { loaded };
            answer
        }
    }
}

forward! {
    DueChecks as "checks", Failure, lost {}
    {
        fn shards(&self) -> u8 {
            self.port.shards()
        }

        async fn due(
            &self,
            shard: u8,
            now: Timestamp,
            after: Option<&DueCheck>,
            limit: usize,
        ) -> Result<Vec<DueCheck>, Failure> {
            let due = self.port.due(shard, now, after, limit);
            let mut found = self.call_log.call("checks.due", due, lost).await?;
            found.retain(|due| self.sees(&due.key));
            Ok(found)
        }

        async fn postpone(&self, due: &DueCheck, until: Timestamp) -> Result<bool, Failure> {
            let postpone = async {
                let answer = self.port.postpone(due, until).await;
                if answer == Ok(true) {
                    self.call_log.postponed(due, until);
                }
                answer
            };
            self.call_log.call("checks.postpone", postpone, lost).await
        }
    }
}

forward! {
    Watermarks as "watermarks", Failure, lost {
        fn roster() -> Vec<CustomerId>;
        fn set_roster(customers: &[CustomerId]) -> ();
        fn load(customer: &CustomerId) -> Option<Watermark>;
        fn reset(customer: &CustomerId, mark: &Watermark) -> ();
    }
    {
        async fn save(&self, customer: &CustomerId, mark: &mut Watermark) -> Result<bool, Failure> {
            // A caller that gets no answer holds what it loaded.
            let mut written = mark.clone();
            let answer = self.call_log.call("watermarks.save", self.port.save(customer, &mut written), lost).await;
            if matches!(answer, Ok(true)) {
                *mark = written;
            }
            answer
        }
    }
}

forward! {
    Queue as "queue", Failure, lost {
        fn send(message: Envelope<Message>) -> ();
        fn send_all(messages: Vec<Envelope<Message>>) -> ();
    }
}

forward! {
    Backoff as "backoff", Failure, lost {
        fn put_off(receipt_handle: &str, span: Duration) -> ();
    }
}

impl<P: AtsQuota + ?Sized> AtsQuota for Instrumented<P> {
    fn pause_for_background(&self, customer: &Customer) -> Option<Duration> {
        // What the adapter remembers: no call.
        self.port.pause_for_background(customer)
    }
}

forward! {
    AtsSearch as "ats", AtsError, ats_lost {
        fn changed(
            customer: &Customer, statuses: &[StatusId], since: Timestamp, after: Option<&WorkflowId>
        ) -> Vec<WorkflowId>;
    }
}

forward! {
    AtsLog as "ats", AtsError, ats_lost {
        fn standing(customer: &Customer, workflow: &WorkflowId) -> Standing;
        fn status_log(customer: &Customer, workflow: &WorkflowId) -> Vec<Entered>;
    }
}

forward! {
    Ats as "ats", AtsError, ats_lost {
        fn workflow(customer: &Customer, workflow: &WorkflowId) -> RecruitingWorkflow;
        fn person(customer: &Customer, person: &PersonId) -> Contact;
        fn requisition(customer: &Customer, requisition: &RequisitionId) -> Requisition;
        fn find_row(customer: &Customer, workflow: &WorkflowId, marker: &RowMarker) -> Option<EntryId>;
        fn change_row(customer: &Customer, workflow: &WorkflowId, entry: &EntryId, view: &View) -> ();
        fn move_status(customer: &Customer, workflow: &WorkflowId, status: &StatusId) -> ();
        fn attach_pdf(
            customer: &Customer, workflow: &WorkflowId, field: &str, file_name: &str, pdf: Vec<u8>
        ) -> ();
    }
    {
        async fn add_row(&self, customer: &Customer, workflow: &WorkflowId, view: &View)
        -> Result<Option<EntryId>, AtsError> {
            let entry = self.call_log.call("ats.add_row", self.port.add_row(customer, workflow, view), ats_lost).await?;
            Ok(entry.filter(|_| !self.hides_entries))
        }
    }
}

forward! {
    ReferenceProvider as "crosschq", ProviderError, provider_lost {
        fn read(customer: &Customer, request: &RequestId) -> ReferenceRequest;
        fn find(customer: &Customer, query: &RequestQuery<'_>) -> Vec<ReferenceRequest>;
        fn cancel(customer: &Customer, request: &RequestId, reason: CancelReason) -> CancelOutcome;
        fn surveys(customer: &Customer) -> Vec<Survey>;
        fn fetch_pdf(customer: &Customer, link: &Link) -> Vec<u8>;
    }
    {
        async fn create(&self, customer: &Customer, order: &Order, correlation_id: &CorrelationId)
        -> Result<RequestId, CreateError> {
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
    }
}
