//! The six functions on a call log: the queue functions through their own handlers, the two webhooks from behind their
//! authentication.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use connector_core::aws::Variable;
use connector_core::batch::{self, Invocation};
use connector_core::domain::{
    CorrelationId, Customer, Envelope, PersonId, ReferenceOrder, RequestId, StatusChanged, StatusId, Timestamp,
};
use connector_core::failure::Failure;
use connector_core::flows::{Callback, EventBackfill, Receiver, Reconciler};
use connector_core::ports::{
    Ats, AtsSearch, Backoff, CheckStore, Clock, Customers, OptedIn, Queue, ReferenceProvider, Watermarks,
};
use testkit::instrument::{CallLog, Instrumented};
use testkit::wiring::{self, Ports, Workers};
use testkit::{Delivery, Pipe};

use crate::naive::NaiveRequester;
use crate::outside::{Case, Outside};
use crate::scenario::Scenario;

/// What an invocation is for.
#[derive(Debug, Clone)]
pub(crate) enum Trigger {
    /// iCIMS pushes a status change.
    Push(StatusId),
    Callback(RequestId),
    Message(Delivery),
    /// The schedule's time has come.
    Schedule,
    /// The schedule's time has come, and nothing is due: missed pushes are looked for.
    Search,
}

/// What its sender knows of an invocation afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// Answered or acknowledged: it will not come again by itself.
    Gone,
    /// It failed, or its answer was lost.
    Failed,
    Killed,
}

/// Who carries orders out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Requesting {
    Ours,
    /// The naive variant that the matrix has to catch.
    Naive,
}

/// Every port of a run's functions in one call log.
struct Logged<'a> {
    outside: &'a dyn Outside,
    scenario: &'a Scenario,
    call_log: &'a Arc<CallLog>,
    pipe: &'a Pipe,
}

impl Logged<'_> {
    fn logged<P: ?Sized>(&self, port: Arc<P>) -> Instrumented<P> {
        Instrumented::new(port, self.call_log.clone())
    }
}

impl Ports for Logged<'_> {
    fn customers(&self) -> Arc<dyn Customers> {
        Arc::new(self.logged(self.outside.ports().customers()))
    }

    fn opted_in(&self) -> Arc<dyn OptedIn> {
        Arc::new(self.logged(self.outside.ports().opted_in()))
    }

    fn checks(&self) -> Arc<dyn CheckStore> {
        let workflow = self.outside.case().workflow.clone();
        Arc::new(self.logged(self.outside.ports().checks()).only(workflow))
    }

    fn watermarks(&self) -> Arc<dyn Watermarks> {
        Arc::new(self.logged(self.outside.ports().watermarks()))
    }

    fn ats(&self) -> Arc<dyn Ats> {
        Arc::new(self.logged(self.outside.ports().ats()).hiding_entries(!self.scenario.names_entries))
    }

    fn ats_search(&self) -> Arc<dyn AtsSearch> {
        Arc::new(self.logged(self.outside.ports().ats_search()))
    }

    fn provider(&self) -> Arc<dyn ReferenceProvider> {
        Arc::new(self.logged(self.outside.ports().provider()))
    }

    fn queue(&self, _: &[Variable]) -> Arc<dyn Queue> {
        Arc::new(self.logged(Arc::new(self.pipe.clone())))
    }

    fn backoff(&self, _: &'static str) -> Arc<dyn Backoff> {
        Arc::new(self.logged(Arc::new(self.pipe.clone())))
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.outside.clock()
    }
}

/// The functions of one run.
pub(crate) struct Functions {
    case: Case,
    call_log: Arc<CallLog>,
    receiver: Receiver,
    callback: Callback,
    workers: Workers,
    requesting: Requesting,
    reconciler: Reconciler,
    backfill: Option<EventBackfill>,
}

impl Functions {
    /// The functions, every port of theirs in the call log.
    pub(crate) fn new(
        outside: &dyn Outside,
        scenario: &Scenario,
        call_log: &Arc<CallLog>,
        pipe: &Pipe,
        requesting: Requesting,
    ) -> Self {
        let ports = Logged { outside, scenario, call_log, pipe };
        let (reconciler, backfill) = if scenario.looks_for_missed() {
            let handler = wiring::reconciler(&ports);
            (handler.reconciler, Some(handler.backfill))
        } else {
            (wiring::due_checks(&ports), None)
        };
        Self {
            case: outside.case().clone(),
            call_log: call_log.clone(),
            receiver: wiring::receiver(&ports),
            callback: wiring::callback(&ports),
            workers: Workers::new(&ports),
            requesting,
            reconciler,
            backfill,
        }
    }

    /// Handles a trigger whole, acknowledgement or answer included; sets `acknowledged` once its sender knows.
    pub(crate) async fn handle(
        &self,
        trigger: &Trigger,
        deadline: Timestamp,
        correlation_id: &CorrelationId,
        acknowledged: &AtomicBool,
    ) {
        let (what, well) = match trigger {
            Trigger::Push(status) => ("answer", self.push(status, correlation_id).await),
            Trigger::Callback(request) => {
                let accepted = self.callback.accept(&self.case.customer.id, request.clone(), correlation_id).await;
                ("answer", accepted.is_ok())
            }
            Trigger::Message(delivery) => ("acknowledge", self.message(delivery, deadline).await),
            Trigger::Search => {
                let backfill = self.backfill.as_ref().expect("a scenario that looks for missed pushes");
                let done = backfill.run(correlation_id, deadline).await;
                acknowledged.store(done.is_ok_and(|done| done.failed == 0), Ordering::SeqCst);
                return;
            }
            Trigger::Schedule => {
                acknowledged.store(self.reconciler.reconcile(correlation_id, deadline).await.is_ok(), Ordering::SeqCst);
                return;
            }
        };
        // A sender whose answer is lost stays in the dark; a message whose deletion is not confirmed is deleted.
        let is_message = matches!(trigger, Trigger::Message(_));
        let effect = async { acknowledged.store(well, Ordering::SeqCst) };
        let lost = || acknowledged.store(is_message && well, Ordering::SeqCst);
        self.call_log.call(what, effect, lost).await;
    }

    /// Whether iCIMS got an answer that ends the matter: 200, or 400 with a sentence.
    async fn push(&self, status: &StatusId, correlation_id: &CorrelationId) -> bool {
        let customer: &Customer = &self.case.customer;
        let change = StatusChanged {
            workflow: self.case.workflow.clone(),
            person: Some(self.case.person.clone()),
            requisition: Some(self.case.requisition.clone()),
            acting_user: PersonId::parse("95").ok(),
            new_status: status.clone(),
            old_status: None,
        };
        matches!(self.receiver.receive(customer, change, correlation_id).await, Ok(_) | Err(Failure::Permanent(_)))
    }

    /// Whether the message is handled.
    async fn message(&self, delivery: &Delivery, deadline: Timestamp) -> bool {
        let records = [delivery.record()];
        let response = if self.requesting == Requesting::Naive && delivery.queue == "reference-requests" {
            let reference_requester::Handler { requester, customers, backoff } = &self.workers.requester;
            let invocation = Invocation { deadline, clock: requester.clock.as_ref(), backoff: backoff.as_ref() };
            let event = wiring::event(&records, deadline);
            batch::run(event.payload, invocation, async |envelope: Envelope<ReferenceOrder>, limit| {
                let customer = customers.get_required(&envelope.customer).await?;
                NaiveRequester(requester).request(&customer, &envelope.message, &envelope.correlation_id, limit).await
            })
            .await
        } else {
            self.workers.invoke(delivery.queue, &records, deadline).await
        };
        response.unwrap().batch_item_failures.is_empty()
    }
}
