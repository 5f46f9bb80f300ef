//! The six functions on a tape: the queue functions through their own handlers, the two webhooks from behind their
//! authentication.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use connector_core::batch::{self, Invocation};
use connector_core::domain::{
    CorrelationId, Customer, Envelope, PersonId, ReferenceOrder, RequestId, StatusChanged, StatusId, Timestamp,
};
use connector_core::failure::Failure;
use connector_core::flows::{Callback, Canceller, Memory, Receiver, Reconciler, Requester, Searcher, Updater};
use connector_core::ports::{Ats, Backoff, CheckStore, Clock, Customers, Queue, ReferenceProvider};
use lambda_runtime::{Context, LambdaEvent};
use testkit::fakes::PlainFingerprints;
use testkit::instrument::{Instrumented, Tape};
use testkit::{Delivery, Pipe};

use crate::naive::NaiveRequester;
use crate::outside::{Case, Outside, Searching};

/// What an invocation is for.
#[derive(Debug, Clone)]
pub(crate) enum Trigger {
    /// iCIMS pushes a status change.
    Push(StatusId),
    /// Crosschq calls back.
    Callback(RequestId),
    /// A queue delivers.
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
    /// The process ended.
    Killed,
}

/// Who carries orders out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Requesting {
    /// The connector.
    Ours,
    /// The naive variant that the matrix has to catch.
    Naive,
}

enum Orders {
    Ours(reference_requester::Handler),
    Naive { requester: NaiveRequester, customers: Arc<dyn Customers>, backoff: Arc<dyn Backoff> },
}

/// The functions of one run.
pub(crate) struct Functions {
    case: Case,
    tape: Arc<Tape>,
    receiver: Receiver,
    callback: Callback,
    orders: Orders,
    updater: icims_updater::Handler,
    canceller: rejection_canceller::Handler,
    reconciler: Reconciler,
    searcher: Option<Searcher>,
}

impl Functions {
    /// The functions, every port of theirs on the tape.
    pub(crate) fn new(
        outside: &dyn Outside,
        checks: Arc<dyn CheckStore>,
        tape: &Arc<Tape>,
        pipe: &Pipe,
        requesting: Requesting,
    ) -> Self {
        let case = outside.case().clone();
        let clock: Arc<dyn Clock> = outside.clock();
        let checks = Instrumented::new(checks, tape.clone()).only(case.workflow.clone());
        let checks: Arc<dyn CheckStore> = Arc::new(checks);
        let ats: Arc<dyn Ats> = Arc::new(Instrumented::new(outside.ats(), tape.clone()));
        let provider: Arc<dyn ReferenceProvider> = Arc::new(Instrumented::new(outside.provider(), tape.clone()));
        let customers: Arc<dyn Customers> = Arc::new(Instrumented::new(outside.customers(), tape.clone()));
        let queue: Arc<dyn Queue> = Arc::new(Instrumented::new(Arc::new(pipe.clone()), tape.clone()));
        let backoff: Arc<dyn Backoff> = Arc::new(Instrumented::new(Arc::new(pipe.clone()), tape.clone()));
        let requester = Requester {
            checks: checks.clone(),
            ats: ats.clone(),
            provider: provider.clone(),
            fingerprints: Arc::new(PlainFingerprints),
            queue: queue.clone(),
            clock: clock.clone(),
            memory: Memory::default(),
        };
        let orders = match requesting {
            Requesting::Ours => Orders::Ours(reference_requester::Handler {
                customers: customers.clone(),
                requester,
                backoff: backoff.clone(),
            }),
            Requesting::Naive => Orders::Naive {
                requester: NaiveRequester(requester),
                customers: customers.clone(),
                backoff: backoff.clone(),
            },
        };
        let searcher = outside.searching().map(|Searching { opted_in, watermarks, ats }| Searcher {
            opted_in: Arc::new(Instrumented::new(opted_in, tape.clone())),
            customers: customers.clone(),
            watermarks: Arc::new(Instrumented::new(watermarks, tape.clone())),
            checks: checks.clone(),
            ats: Arc::new(Instrumented::new(ats, tape.clone())),
            queue: queue.clone(),
            clock: clock.clone(),
        });
        Self {
            case,
            searcher,
            tape: tape.clone(),
            receiver: Receiver {
                checks: checks.clone(),
                ats: ats.clone(),
                provider: provider.clone(),
                queue: queue.clone(),
                clock: clock.clone(),
            },
            callback: Callback { queue: queue.clone(), clock: clock.clone() },
            orders,
            updater: icims_updater::Handler {
                customers: customers.clone(),
                updater: Updater {
                    checks: checks.clone(),
                    ats: ats.clone(),
                    provider: provider.clone(),
                    fingerprints: Arc::new(PlainFingerprints),
                    clock: clock.clone(),
                    memory: Memory::default(),
                },
                backoff: backoff.clone(),
            },
            canceller: rejection_canceller::Handler {
                customers,
                canceller: Canceller {
                    checks: checks.clone(),
                    ats,
                    provider,
                    queue: queue.clone(),
                    clock: clock.clone(),
                },
                backoff,
            },
            reconciler: Reconciler { checks, queue, clock },
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
                let searcher = self.searcher.as_ref().expect("a scenario that looks for missed pushes");
                let searched = searcher.search(correlation_id, deadline).await;
                acknowledged.store(searched.is_ok_and(|searched| searched.failed == 0), Ordering::SeqCst);
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
        self.tape.call(what, effect, lost).await;
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
        let mut record = SqsMessage::default();
        record.message_id = Some(delivery.id.to_string());
        record.receipt_handle = Some(delivery.id.to_string());
        record.body = Some(delivery.body.clone());
        record.attributes.insert("ApproximateReceiveCount".to_owned(), delivery.receives.to_string());
        let mut event = SqsEvent::default();
        event.records = vec![record];
        let mut context = Context::default();
        context.deadline = deadline.ms() as u64;
        let event = LambdaEvent::new(event, context);
        let response = match (delivery.queue, &self.orders) {
            ("reference-requests", Orders::Ours(handler)) => handler.handle(event).await,
            ("reference-requests", Orders::Naive { requester, customers, backoff }) => {
                let invocation = Invocation { deadline, clock: requester.0.clock.as_ref(), backoff: backoff.as_ref() };
                batch::run(event.payload, invocation, async |envelope: Envelope<ReferenceOrder>, limit| {
                    let customer = customers.get_required(&envelope.customer).await?;
                    requester.request(&customer, &envelope.message, &envelope.correlation_id, limit).await
                })
                .await
            }
            ("cancellations", _) => self.canceller.handle(event).await,
            ("icims-updates", _) => self.updater.handle(event).await,
            (other, _) => panic!("no queue {other}"),
        };
        response.unwrap().batch_item_failures.is_empty()
    }
}
