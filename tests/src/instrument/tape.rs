//! The numbering of calls, and what happens at which number.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use connector::domain::RequestId;
use tokio::sync::{Notify, Semaphore};

/// What goes wrong at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process ends before the call has any effect.
    KilledBefore,
    /// The process ends after the effect, before it learns of it.
    KilledAfter,
    /// The effect happens and the caller is told what the real adapter tells when the reply is lost.
    ReplyLost,
}

impl Fault {
    /// All three.
    pub const ALL: [Self; 3] = [Self::KilledBefore, Self::KilledAfter, Self::ReplyLost];
}

/// A fault at a call's number, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strike {
    /// The number.
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
    /// It answered.
    Answered(T),
    /// It was killed: its future was dropped where it stood.
    Killed,
}

#[derive(Debug, Clone)]
struct Invocation {
    number: u64,
    killed: Arc<Notify>,
}

tokio::task_local! {
    static INVOCATION: Invocation;
}

#[derive(Debug, Default)]
struct Inner {
    calls: Vec<Call>,
    strikes: Vec<Strike>,
    given: Option<(&'static str, Fault)>,
    struck: Vec<(Strike, u64)>,
    invocations: u64,
    posts: Vec<String>,
    created: Vec<(String, RequestId)>,
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
#[derive(Debug)]
pub struct Tape {
    inner: Mutex<Inner>,
    gate: Gate,
    /// The effects take place one after the other, in the order of their numbers: with real connections too, the same
    /// faults lead to the same calls.
    turn: Semaphore,
}

impl Tape {
    /// A tape on which these faults strike. `given` strikes at the first call of that name besides, and does not count
    /// as struck; the call with the number `gate` waits for [`Tape::interlude`].
    pub fn new(strikes: Vec<Strike>, given: Option<(&'static str, Fault)>, gate: Option<usize>) -> Self {
        let inner = Mutex::new(Inner { strikes, given, ..Inner::default() });
        Self { inner, gate: Gate { call: gate, ..Gate::default() }, turn: Semaphore::new(1) }
    }

    /// Runs `meanwhile` before the gated call has any effect, beside `work`; after it, where the call is never made.
    pub async fn interlude<T>(&self, work: impl Future<Output = T>, meanwhile: impl Future<Output = ()>) -> T {
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

    /// The faults that struck so far, each with the invocation that it met.
    pub fn struck(&self) -> Vec<(Strike, u64)> {
        self.inner().struck.clone()
    }

    /// The external ids of the creates that left for Crosschq.
    pub fn posts(&self) -> Vec<String> {
        self.inner().posts.clone()
    }

    /// The distinct requests that creates led to, whether the caller learnt of them or not, by external id.
    pub fn created(&self) -> Vec<(String, RequestId)> {
        self.inner().created.clone()
    }

    /// A create is leaving.
    pub fn post(&self, external_id: String) {
        self.inner().posts.push(external_id);
    }

    /// A create led to this request.
    pub fn create(&self, external_id: &str, request: &RequestId) {
        let mut inner = self.inner();
        if !inner.created.iter().any(|(_, known)| known == request) {
            inner.created.push((external_id.to_owned(), request.clone()));
        }
    }

    /// Runs an invocation until it answers or a fault kills it; tells its number too.
    pub async fn invoke<T>(&self, work: impl Future<Output = T>) -> (u64, Ended<T>) {
        let number = {
            let mut inner = self.inner();
            inner.invocations += 1;
            inner.invocations
        };
        let killed = Arc::new(Notify::new());
        let work = INVOCATION.scope(Invocation { number, killed: killed.clone() }, work);
        let ended = tokio::select! {
            biased;
            () = killed.notified() => Ended::Killed,
            answer = work => Ended::Answered(answer),
        };
        (number, ended)
    }

    /// Makes one call: numbers it, lets others go on before and after, and strikes where a fault is due. `lost` is what
    /// the caller hears when the reply is lost.
    pub async fn call<T>(&self, what: &'static str, effect: impl Future<Output = T>, lost: impl FnOnce() -> T) -> T {
        let (call, fault) = self.number(what);
        tokio::task::yield_now().await;
        if self.gate.call == Some(call) && !self.gate.begun.swap(true, Ordering::SeqCst) {
            self.gate.reached.notify_one();
            self.gate.open.notified().await;
        }
        if fault == Some(Fault::KilledBefore) {
            die::<()>().await;
        }
        let answer = self.in_turn(effect).await;
        tokio::task::yield_now().await;
        match fault {
            Some(Fault::KilledAfter) => die().await,
            Some(Fault::ReplyLost) => lost(),
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
        let strike = inner.strikes.iter().copied().find(|strike| strike.call == call);
        inner.struck.extend(strike.map(|strike| (strike, invocation)));
        let given = inner.given.take_if(|(name, _)| *name == what).map(|(_, fault)| fault);
        (call, strike.map(|strike| strike.fault).or(given))
    }
}

/// Ends the invocation that this runs in: nothing of it is ever polled again.
async fn die<T>() -> T {
    INVOCATION.with(|invocation| invocation.killed.notify_one());
    std::future::pending().await
}
