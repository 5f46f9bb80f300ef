//! The numbering of calls, and what happens at which number.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use connector_core::domain::{Check, RequestId, Timestamp};
use connector_core::failure::Failure;
use connector_core::ports::{Clock, DueCheck, Write};
use tokio::sync::{Notify, Semaphore};

use super::versions::Versions;

/// How long an answer takes that is late but still in time: less than the ten seconds that an adapter waits for a vendor.
const LATE_BY: Duration = Duration::from_secs(8);

/// The clock of a run, on which time can also pass while an invocation waits.
#[async_trait]
pub trait RunClock: Clock {
    /// Returns once this much of the run's time has passed.
    async fn pass(&self, span: Duration);
}

/// What goes wrong at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process ends before the call has any effect.
    KilledBefore,
    /// The process ends after the effect, before it learns of it.
    KilledAfter,
    /// The effect happens, and the caller gets what the real adapter returns when the reply is lost.
    ReplyLost,
    /// The call has no effect and is never answered: it waits until the time of its caller is up, by whatever limit comes
    /// first; at the latest the invocation ends at its deadline.
    TimeUpBefore,
    /// The same, but the effect happens.
    TimeUpAfter,
    /// The effect happens, and the answer comes late but within the time that a vendor is given.
    Late,
}

impl Fault {
    /// Those that leave the run's time alone.
    pub const AT_ONCE: [Self; 3] = [Self::KilledBefore, Self::KilledAfter, Self::ReplyLost];
    /// Those that consist in time passing.
    pub const IN_TIME: [Self; 3] = [Self::TimeUpBefore, Self::TimeUpAfter, Self::Late];
}

/// A fault at a call's number, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultPoint {
    pub call: usize,
    /// What goes wrong there.
    pub fault: Fault,
}

/// A call as it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Port and operation, e.g. `checks.save`.
    pub what: &'static str,
    /// Which invocation made it, counted from 1.
    pub invocation: u64,
}

/// How an invocation ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended<T> {
    Answered(T),
    /// It was killed, or its time was up: its future was dropped where it stood.
    Killed,
}

#[derive(Debug, Clone)]
struct Invocation {
    number: u64,
    killed: Arc<Notify>,
    /// One of its calls is never answered.
    hangs: Arc<Notify>,
}

tokio::task_local! {
    static INVOCATION: Invocation;
}

#[derive(Debug, Default)]
struct Inner {
    calls: Vec<Call>,
    fault_points: Vec<FaultPoint>,
    given: Option<(&'static str, Fault)>,
    injected: Vec<(FaultPoint, u64)>,
    invocations: u64,
    posts: Vec<String>,
    created: Vec<(String, RequestId)>,
    versions: Versions,
}

/// Holds one call until something else has happened.
#[derive(Debug, Default)]
struct Gate {
    call: Option<usize>,
    /// The time for waiting is over: what was waited for has begun.
    begun: AtomicBool,
    reached: Notify,
    open: Notify,
}

/// Counts the calls of one run of a scenario.
pub struct CallLog {
    inner: Mutex<Inner>,
    clock: Arc<dyn RunClock>,
    gate: Gate,
    /// The effects take place one after the other, in the order of their numbers: with real connections too, the same
    /// faults lead to the same calls.
    turn: Semaphore,
}

impl CallLog {
    /// A call log into which these faults are injected. `given` is injected at the first call of that name besides, and is
    /// not counted; the call with the number `gate` waits for [`CallLog::interleaving`].
    pub fn new(
        clock: Arc<dyn RunClock>,
        fault_points: Vec<FaultPoint>,
        given: Option<(&'static str, Fault)>,
        gate: Option<usize>,
    ) -> Self {
        let inner = Mutex::new(Inner { fault_points, given, ..Inner::default() });
        Self { inner, clock, gate: Gate { call: gate, ..Gate::default() }, turn: Semaphore::new(1) }
    }

    /// Runs `meanwhile` before the gated call has any effect, beside `work`; after it, where the call is never made.
    pub async fn interleaving<T>(&self, work: impl Future<Output = T>, meanwhile: impl Future<Output = ()>) -> T {
        let work = async {
            let done = work.await;
            self.gate.begun.store(true, Ordering::SeqCst);
            self.gate.reached.notify_one();
            done
        };
        let meanwhile = async {
            self.gate.reached.notified().await;
            meanwhile.await;
            self.gate.open.notify_one();
        };
        tokio::join!(work, meanwhile).0
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The calls so far, in their order.
    pub fn calls(&self) -> Vec<Call> {
        self.inner().calls.clone()
    }

    /// The faults that were injected so far, each with the invocation that it met.
    pub fn injected(&self) -> Vec<(FaultPoint, u64)> {
        self.inner().injected.clone()
    }

    /// The external ids of the creates that left for Crosschq.
    pub fn posts(&self) -> Vec<String> {
        self.inner().posts.clone()
    }

    /// The distinct requests that creates led to, whether the caller learned of them or not, by external id.
    pub fn created(&self) -> Vec<(String, RequestId)> {
        self.inner().created.clone()
    }

    pub(super) fn post(&self, external_id: String) {
        self.inner().posts.push(external_id);
    }

    pub(super) fn create(&self, external_id: &str, request: &RequestId) {
        let mut inner = self.inner();
        if !inner.created.iter().any(|(_, known)| known == request) {
            inner.created.push((external_id.to_owned(), request.clone()));
        }
    }

    /// A check was written, or was not.
    pub(super) fn written(&self, check: &Check, answer: &Result<Write, Failure>) {
        if *answer == Ok(Write::Stored) {
            self.inner().versions.add(check);
        }
    }

    pub(super) fn postponed(&self, due: &DueCheck, until: Timestamp) {
        self.inner().versions.postpone(due, until);
    }

    /// The checks as they were last written, oldest attempt first.
    pub fn attempts(&self) -> Vec<Check> {
        self.inner().versions.latest()
    }

    /// Every change of a check that was written without its entry in the history.
    pub fn breaches(&self) -> Vec<String> {
        self.inner().versions.breaches()
    }

    /// Runs an invocation until it answers, a fault kills it, or it still waits at its deadline for a call that is never
    /// answered; returns its number too.
    pub async fn invoke<T>(&self, deadline: Timestamp, work: impl Future<Output = T>) -> (u64, Ended<T>) {
        let number = {
            let mut inner = self.inner();
            inner.invocations += 1;
            inner.invocations
        };
        let (killed, hangs) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let work = INVOCATION.scope(Invocation { number, killed: killed.clone(), hangs: hangs.clone() }, work);
        let time_is_up = async {
            hangs.notified().await;
            self.clock.pass(deadline.since(self.clock.now())).await;
        };
        let ended = tokio::select! {
            biased;
            () = killed.notified() => Ended::Killed,
            () = time_is_up => Ended::Killed,
            answer = work => Ended::Answered(answer),
        };
        (number, ended)
    }

    /// Makes one call: numbers it, lets others go on before and after, and injects a fault where one is due. `lost` is what
    /// the caller hears when the reply is lost.
    pub async fn call<T>(&self, what: &'static str, effect: impl Future<Output = T>, lost: impl FnOnce() -> T) -> T {
        let (call, fault) = self.number(what);
        tokio::task::yield_now().await;
        if self.gate.call == Some(call) && !self.gate.begun.swap(true, Ordering::SeqCst) {
            self.gate.reached.notify_one();
            self.gate.open.notified().await;
        }
        match fault {
            Some(Fault::KilledBefore) => die().await,
            Some(Fault::TimeUpBefore) => hang().await,
            _ => {}
        }
        let answer = self.in_turn(effect).await;
        tokio::task::yield_now().await;
        match fault {
            Some(Fault::KilledAfter) => die().await,
            Some(Fault::TimeUpAfter) => hang().await,
            Some(Fault::ReplyLost) => lost(),
            Some(Fault::Late) => {
                self.clock.pass(LATE_BY).await;
                answer
            }
            _ => answer,
        }
    }

    /// Does something outside in turn with the calls, without a number: what somebody else does meanwhile.
    pub async fn in_turn<T>(&self, effect: impl Future<Output = T>) -> T {
        // Nobody closes it.
        let _turn = self.turn.acquire().await;
        effect.await
    }

    fn number(&self, what: &'static str) -> (usize, Option<Fault>) {
        let invocation = INVOCATION.try_with(|invocation| invocation.number).unwrap_or_default();
        let mut inner = self.inner();
        let call = inner.calls.len();
        inner.calls.push(Call { what, invocation });
        let fault_point = inner.fault_points.iter().copied().find(|fault_point| fault_point.call == call);
        inner.injected.extend(fault_point.map(|fault_point| (fault_point, invocation)));
        let given = inner.given.take_if(|(name, _)| *name == what).map(|(_, fault)| fault);
        (call, fault_point.map(|fault_point| fault_point.fault).or(given))
    }
}

/// Waits for an answer that never comes. Whoever limits its wait goes on; else the invocation ends at its deadline.
async fn hang<T>() -> T {
    INVOCATION.with(|invocation| invocation.hangs.notify_one());
    std::future::pending().await
}

/// Ends the invocation that this runs in: nothing of it is ever polled again.
async fn die<T>() -> T {
    INVOCATION.with(|invocation| invocation.killed.notify_one());
    std::future::pending().await
}
