//! The functions: each runs its real flow, brought to its first unanswered call by playing its story from the start.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use connector_core::domain::{
    Cancellation, Customer, IcimsUpdate, ReferenceOrder, Rejection, Source, StatusChanged, StatusId, Timestamp,
};
use connector_core::failure::{Failure, Outcome};
use connector_core::flows::{Canceller, Memory, Receiver, Reconciler, Requester, Updater};

use crate::call::{Answer, Mail, correlation, request_id};
use crate::config::Config;
use crate::moments::LIFE;
use crate::replay::Replay;
use crate::settings::{self, person, requisition, workflow_id};
use crate::worker::{Job, Story, Worker};

/// How far a function came.
#[derive(Debug, Clone)]
pub(crate) enum Ran {
    Waits(Worker),
    /// To its end, and it need not come again.
    Done,
    /// To its end, and what started it comes again after this span.
    Later(Duration),
    /// To its end, and what started it comes again when its queue thinks it dead.
    Abandoned,
}

impl Ran {
    /// What batch and HTTP edge make of a flow's result.
    fn of(job: &Job, result: &Result<Outcome, Failure>) -> Self {
        match result {
            Err(_) if matches!(job, Job::Record(mail) if mail.source() == Source::Schedule) => Self::Done,
            Ok(_) | Err(Failure::Permanent(_)) => Self::Done,
            Err(Failure::Retry { after: Some(after), .. } | Failure::Unconfirmed { after, .. }) => Self::Later(*after),
            Err(Failure::Retry { after: None, .. }) => Self::Later(Duration::ZERO),
            Err(
                Failure::Internal { .. }
                | Failure::CredentialsRefused { .. }
                | Failure::Poison { .. }
                | Failure::DamagedBody
                | Failure::Unauthenticated { .. }
                | Failure::UnknownPath,
            ) => Self::Abandoned,
        }
    }
}

/// Stories whose end is remembered, in one of the memory's parts, at most.
const REMEMBERED: usize = 1 << 15;
/// Parts of the memory, so that the checker's threads do not wait for each other.
const PARTS: u64 = 32;

/// The functions of one customer.
pub(crate) struct Functions {
    config: Config,
    customer: Customer,
    /// A flow does the same whenever its story is the same, and most steps of the world happen elsewhere.
    memory: Vec<Mutex<HashMap<u64, Ran>>>,
}

thread_local! {
    /// Flows bound their reads by timers; none of them ever fires here.
    static TIMERS: tokio::runtime::Runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
}

impl Functions {
    pub(crate) fn new(config: Config) -> Self {
        let customer = settings::customer(config.search, config.echoes);
        Self { config, customer, memory: (0..PARTS).map(|_| Mutex::default()).collect() }
    }

    pub(crate) fn start(&self, job: Job, now: Timestamp) -> Ran {
        self.run(Story::begin(job, now))
    }

    /// Gives a function's pending call its answer.
    pub(crate) fn answer(&self, worker: &Worker, answer: Answer, now: Timestamp) -> Ran {
        self.run(worker.story.and(answer, now))
    }

    fn run(&self, story: Story) -> Ran {
        let part = &self.memory[(story.whole % PARTS) as usize];
        if let Some(known) = part.lock().unwrap().get(&story.whole) {
            return known.clone();
        }
        let whole = story.whole;
        let ran = self.play(story);
        let mut part = part.lock().unwrap();
        if part.len() >= REMEMBERED {
            part.clear();
        }
        part.insert(whole, ran.clone());
        ran
    }

    fn play(&self, story: Story) -> Ran {
        let ports = Arc::new(Replay::new(Arc::clone(&story.log), story.started, &self.config));
        let polled = TIMERS.with(|timers| {
            let _inside = timers.enter();
            poll(&self.customer, &story, &ports)
        });
        match polled {
            Poll::Ready(result) => Ran::of(&story.job, &result),
            Poll::Pending => {
                let pending = ports.take_pending().expect("a flow that waits, waits for a call");
                Ran::Waits(Worker { story: Arc::new(story), pending: Arc::new(pending) })
            }
        }
    }
}

/// Runs the flow that the function's handler runs.
fn poll(customer: &Customer, story: &Story, ports: &Arc<Replay>) -> Poll<Result<Outcome, Failure>> {
    let correlation_id = correlation();
    let deadline = story.started.after(LIFE);
    let (checks, ats, provider) = (ports.clone(), ports.clone(), ports.clone());
    let (queue, clock, fingerprints) = (ports.clone(), ports.clone(), ports.clone());
    let flow = async {
        match &story.job {
            Job::Push(status) => {
                let change = StatusChanged {
                    workflow: workflow_id(),
                    person: Some(person()),
                    requisition: Some(requisition()),
                    acting_user: None,
                    new_status: StatusId::parse(status.id()).unwrap(),
                    old_status: None,
                };
                Receiver { checks, ats, provider, queue, clock }.receive(customer, change, &correlation_id).await
            }
            Job::Record(Mail::Order { attempt, ordered_at, source }) => {
                let order = ReferenceOrder {
                    workflow: workflow_id(),
                    attempt: *attempt,
                    person: Some(person()),
                    requisition: Some(requisition()),
                    acting_user: None,
                    old_status: None,
                    ordered_at: *ordered_at,
                    source: *source,
                };
                let memory = Memory::default();
                let requester = Requester { checks, ats, provider, fingerprints, queue, clock, memory };
                requester.request(customer, &order, &correlation_id, deadline).await
            }
            Job::Record(Mail::Cancellation { reported_at, source }) => {
                let status = StatusId::parse(crate::call::Status::Rejected.id()).unwrap();
                let rejection =
                    reported_at.map(|received_at| Rejection { status: status.clone(), old_status: None, received_at });
                let cancellation = Cancellation { workflow: workflow_id(), rejection, source: *source };
                Canceller { checks, ats, provider, queue, clock }
                    .cancel(customer, &cancellation, &correlation_id, deadline)
                    .await
            }
            Job::Record(Mail::UpdateCheck { attempt, source }) => {
                let subject = IcimsUpdate::Check { workflow: workflow_id(), attempt: *attempt, source: *source };
                let memory = Memory::default();
                let updater = Updater { checks, ats, provider, fingerprints, clock, memory };
                updater.update(customer, &subject, &correlation_id, deadline).await
            }
            Job::Record(Mail::UpdateRequest { request, received_at }) => {
                let subject = IcimsUpdate::Request { request: request_id(*request), received_at: *received_at };
                let memory = Memory::default();
                let updater = Updater { checks, ats, provider, fingerprints, clock, memory };
                updater.update(customer, &subject, &correlation_id, deadline).await
            }
            Job::Schedule => {
                let reconciler = Reconciler { checks, queue, clock };
                reconciler.reconcile(&correlation_id, deadline).await.map(|_| Outcome::Unchanged)
            }
        }
    };
    pin!(flow).poll(&mut Context::from_waker(Waker::noop()))
}
