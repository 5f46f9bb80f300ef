//! One running function: the real flow, brought to its first unanswered call by playing its log from the start.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use connector::domain::{Cancellation, Customer, IcimsUpdate, ReferenceOrder, StatusId, Timestamp};
use connector::failure::{Failure, Outcome};
use connector::flows::{Canceller, Receiver, Reconciler, Requester, StatusChange, Updater};

use crate::call::{Answer, Call, Mail, Status, correlation, request_id};
use crate::moments::LIFE;
use crate::replay::{Log, Replay};
use crate::settings::{person, requisition, workflow_id};

/// What a function was started with.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Job {
    /// icims-webhook, on a push.
    Push(Status),
    /// reference-requester, icims-updater or rejection-canceller, on a record.
    Record(Mail),
    /// reconciler, on its schedule.
    Schedule,
}

/// A running function.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Worker {
    pub(crate) job: Job,
    pub(crate) started: Timestamp,
    pub(crate) log: Arc<Log>,
    /// The call it waits for.
    pub(crate) pending: Arc<Call>,
}

/// How far a function came.
pub(crate) enum Ran {
    /// To this call.
    Waits(Worker),
    /// To its end.
    Ended(Job, Result<Outcome, Failure>),
}

impl Worker {
    /// Starts a function.
    pub(crate) fn start(customer: &Customer, echoes: bool, job: Job, now: Timestamp) -> Ran {
        run(customer, echoes, job, now, Arc::default())
    }

    /// Gives the pending call its answer.
    pub(crate) fn answer(&self, customer: &Customer, echoes: bool, answer: Answer, now: Timestamp) -> Ran {
        let mut log = Vec::with_capacity(self.log.len() + 1);
        log.extend_from_slice(&self.log);
        log.push((answer, now));
        run(customer, echoes, self.job.clone(), self.started, Arc::new(log))
    }

    /// When its process is stopped.
    pub(crate) fn deadline(&self) -> Timestamp {
        self.started.after(LIFE)
    }
}

thread_local! {
    /// The webhook's flow bounds its reads by a timer; no timer of it ever fires here.
    static TIMERS: tokio::runtime::Runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
}

fn run(customer: &Customer, echoes: bool, job: Job, started: Timestamp, log: Arc<Log>) -> Ran {
    let ports = Arc::new(Replay::new(Arc::clone(&log), started, echoes));
    let polled = match &job {
        Job::Push(_) => TIMERS.with(|timers| {
            let _inside = timers.enter();
            poll(customer, &job, started, &ports)
        }),
        _ => poll(customer, &job, started, &ports),
    };
    match polled {
        Poll::Ready(result) => Ran::Ended(job, result),
        Poll::Pending => {
            let pending = ports.take_pending().expect("a flow that waits, waits for a call");
            Ran::Waits(Worker { job, started, log, pending: Arc::new(pending) })
        }
    }
}

/// Runs the flow that the function's handler runs.
fn poll(customer: &Customer, job: &Job, started: Timestamp, ports: &Arc<Replay>) -> Poll<Result<Outcome, Failure>> {
    let correlation_id = correlation();
    let deadline = started.after(LIFE);
    let (checks, ats, provider) = (ports.clone(), ports.clone(), ports.clone());
    let (queue, clock) = (ports.clone(), ports.clone());
    let flow = async {
        match job {
            Job::Push(status) => {
                let change = StatusChange {
                    workflow: workflow_id(),
                    person: Some(person()),
                    requisition: Some(requisition()),
                    acting_user: None,
                    new_status: StatusId::parse(status.id()).unwrap(),
                };
                Receiver { checks, ats, queue, clock }.receive(customer, change, &correlation_id).await
            }
            Job::Record(Mail::Order { attempt, ordered_at }) => {
                let order = ReferenceOrder {
                    workflow: workflow_id(),
                    attempt: *attempt,
                    person: Some(person()),
                    requisition: Some(requisition()),
                    acting_user: None,
                    ordered_at: *ordered_at,
                };
                let requester = Requester { checks, ats, provider, queue, clock };
                requester.request(customer, &order, &correlation_id, deadline).await
            }
            Job::Record(Mail::Cancellation) => {
                let cancellation = Cancellation { workflow: workflow_id() };
                Canceller { checks, ats, provider, queue, clock }.cancel(customer, &cancellation, &correlation_id).await
            }
            Job::Record(Mail::UpdateCheck { attempt }) => {
                let subject = IcimsUpdate::Check { workflow: workflow_id(), attempt: *attempt, background: false };
                let updater = Updater { checks, ats, provider, queue, clock };
                updater.update(customer, &subject, &correlation_id, deadline).await
            }
            Job::Record(Mail::UpdateRequest { request, received_at }) => {
                let subject = IcimsUpdate::Request { request: request_id(*request), received_at: *received_at };
                let updater = Updater { checks, ats, provider, queue, clock };
                updater.update(customer, &subject, &correlation_id, deadline).await
            }
            Job::Schedule => Reconciler { checks, queue, clock }
                .reconcile(&correlation_id)
                .await
                .map(|_| Outcome::Done("reconciled")),
        }
    };
    pin!(flow).poll(&mut Context::from_waker(Waker::noop()))
}
