//! One run of a scenario: acts and deliveries, one after the other, with the faults of its call log, until all is quiet.

mod deliver;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector_core::domain::{RequestId, Stage, StatusId, Timestamp};
use testkit::instrument::{CallLog, FaultPoint};
use testkit::{Delivery, Pipe};

use crate::functions::{Functions, Requesting, Trigger};
use crate::outside::Outside;
use crate::scenario::{Act, Interleaving, Scenario};

/// How often a message is received before it is buried, as in the template.
const MAX_RECEIVES: u32 = 10;
/// A queue's visibility timeout, as in the template.
const VISIBILITY: Duration = Duration::from_secs(180);
/// The schedule, as in the template.
const SCHEDULE_MS: i64 = 300_000;
/// What "late" means: longer than every lease and than the schedule waits for a step.
const LATE: Duration = Duration::from_secs(15 * 60);
/// How often missed pushes are looked for where a scenario says so: one look finds them, and one may have met a fault.
const LOOKS: usize = 4;
/// Longer than from one look to the next, by the settings' default.
const BETWEEN_LOOKS: Duration = Duration::from_secs(31 * 60);
/// Everything has to be quiet within this much of the story's time.
const QUIET_WITHIN: Duration = Duration::from_secs(60 * 3600);
/// Invocations after which a run is taken for endless.
const MOST_TURNS: usize = 1_000;

/// How what a fault met is delivered again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// By the rules of who delivers; at once where the process ended, its leases still running or just over.
    Redelivered,
    /// Twice at the same moment, even if it had been acknowledged.
    TwiceAtOnce,
    /// After everything else had its time, even if it had been acknowledged.
    Late,
}

impl Again {
    pub(crate) const ALL: [Self; 3] = [Self::Redelivered, Self::TwiceAtOnce, Self::Late];
}

/// A delivery that waits for its time.
#[derive(Debug)]
struct Deferred {
    at: Timestamp,
    trigger: Trigger,
    twice: bool,
}

#[derive(Debug, Default)]
struct State {
    deferred: Vec<Deferred>,
    reported: HashMap<RequestId, Stage>,
    steps: usize,
    looked_at: Option<usize>,
    endless: bool,
}

pub(crate) struct Run {
    pub outside: Arc<dyn Outside>,
    pub scenario: Scenario,
    pub call_log: Arc<CallLog>,
    pub pipe: Pipe,
    again: Again,
    functions: Functions,
    state: Mutex<State>,
}

impl Run {
    /// A run with these faults.
    pub(crate) fn new(
        outside: Arc<dyn Outside>,
        scenario: Scenario,
        fault_points: Vec<FaultPoint>,
        again: Again,
        requesting: Requesting,
    ) -> Self {
        let gate = scenario.interleaving.map(|(call, _)| call);
        let call_log = Arc::new(CallLog::new(outside.clock(), fault_points, scenario.given, gate));
        let pipe = Pipe::new(outside.clock());
        let functions = Functions::new(outside.as_ref(), &scenario, &call_log, &pipe, requesting);
        Self { outside, scenario, call_log, pipe, again, functions, state: Mutex::default() }
    }

    /// Plays the scenario to its end.
    pub(crate) async fn play(&self) {
        let acts = async {
            for &act in &self.scenario.acts {
                self.act(act).await;
            }
        };
        match self.scenario.interleaving {
            None => acts.await,
            Some((_, interleaving)) => self.call_log.interleaving(acts, self.meanwhile(interleaving)).await,
        }
        self.to_quiet().await;
    }

    /// Whether something still waits, or it never ended.
    pub(crate) fn is_endless(&self) -> bool {
        let state = self.state.lock().unwrap();
        state.endless || !state.deferred.is_empty()
    }

    fn now(&self) -> Timestamp {
        self.outside.clock().now()
    }

    async fn recruiter_moves(&self, status: &StatusId) {
        self.call_log.in_turn(self.outside.recruiter_moves(status)).await;
    }

    async fn act(&self, act: Act) {
        match act {
            Act::Order => {
                let status = &self.outside.case().statuses.trigger;
                self.recruiter_moves(status).await;
                self.deliver(Trigger::Push(status.clone()), false).await;
            }
            Act::MissedOrder => self.recruiter_moves(&self.outside.case().statuses.trigger).await,
            Act::MissedRejection => self.recruiter_moves(&self.outside.case().statuses.rejected).await,
            Act::Search => {
                for _ in 0..LOOKS {
                    self.deliver(Trigger::Search, false).await;
                    self.to_quiet().await;
                    self.outside.clock().pass(BETWEEN_LOOKS).await;
                }
            }
            Act::Reject => {
                let status = &self.outside.case().statuses.rejected;
                self.recruiter_moves(status).await;
                self.deliver(Trigger::Push(status.clone()), false).await;
            }
            Act::AtOnce => {
                let waiting = std::iter::from_fn(|| self.pipe.take_next());
                let all = waiting.map(|delivery| self.deliver(Trigger::Message(delivery), false));
                futures_util::future::join_all(all).await;
            }
            Act::Quiet => self.to_quiet().await,
            Act::Step(stage) => {
                if let Some((_, request)) = self.call_log.created().last() {
                    self.outside.step(request, stage).await;
                }
                self.state.lock().unwrap().steps += 1;
            }
            Act::MoveOn => self.recruiter_moves(&self.outside.case().statuses.elsewhere).await,
            Act::LoseMessages => {
                // A message is durable until what it asks for is recorded; only then may it go missing.
                let attempts = self.call_log.attempts();
                let recorded = !attempts.is_empty()
                    && (!self.scenario.rejects()
                        || attempts.iter().all(|check| check.is_over() || check.cancel_reason().is_some()));
                if recorded {
                    self.pipe.lose_all();
                    let mut state = self.state.lock().unwrap();
                    state.deferred.retain(|deferred| !matches!(deferred.trigger, Trigger::Message(_)));
                }
            }
            Act::Pass(span) => self.outside.clock().pass(span).await,
        }
    }

    async fn meanwhile(&self, interleaving: Interleaving) {
        match interleaving {
            Interleaving::MoveOn => self.act(Act::MoveOn).await,
            Interleaving::Reject => {
                self.act(Act::Reject).await;
                for delivery in self.pipe.take("cancellations") {
                    self.deliver(Trigger::Message(delivery), false).await;
                }
            }
        }
    }

    /// Delivers what waits, skipping time, and lets the schedule look, until nothing is left to do.
    async fn to_quiet(&self) {
        let end = self.now().after(QUIET_WITHIN);
        for _ in 0..MOST_TURNS {
            let now = self.now();
            if let Some(due) = self.take_deferred(now) {
                self.deliver(due.trigger, due.twice).await;
            } else if let Some(request) = self.untold().await {
                self.deliver(Trigger::Callback(request), false).await;
            } else if let Some(delivery) = self.pipe.take_next() {
                self.deliver(Trigger::Message(delivery), false).await;
            } else {
                let deferred = self.state.lock().unwrap().deferred.iter().map(|deferred| deferred.at).min();
                let other = deferred.into_iter().chain(self.pipe.next_visible()).min();
                let tick = self.next_tick(now);
                match (other, tick) {
                    (None, None) => return,
                    (Some(at), _) | (None, Some(at)) if at > end => break,
                    (Some(at), tick) if tick.is_none_or(|tick| at <= tick) => self.skip_to(at).await,
                    (_, Some(at)) | (Some(at), None) => {
                        self.skip_to(at).await;
                        self.deliver(Trigger::Schedule, false).await;
                    }
                }
            }
        }
        self.state.lock().unwrap().endless = true;
    }

    async fn skip_to(&self, at: Timestamp) {
        self.outside.clock().pass(at.since(self.now()) + Duration::from_millis(1)).await;
    }

    fn take_deferred(&self, now: Timestamp) -> Option<Deferred> {
        let mut state = self.state.lock().unwrap();
        let at = state.deferred.iter().position(|deferred| deferred.at <= now)?;
        Some(state.deferred.remove(at))
    }

    /// A request whose change has not been called back about.
    async fn untold(&self) -> Option<RequestId> {
        if !self.scenario.callbacks {
            return None;
        }
        // Crosschq changes only by our creates and cancels and by steps: looked at after those alone.
        let calls = self.call_log.calls();
        let changes = calls.iter().filter(|call| ["crosschq.create", "crosschq.cancel"].contains(&call.what)).count();
        {
            let mut state = self.state.lock().unwrap();
            let changes = changes + state.steps;
            if state.looked_at == Some(changes) {
                return None;
            }
            state.looked_at = Some(changes);
        }
        for (_, request) in self.call_log.created() {
            let stage = self.outside.request(&request).await.stage;
            if self.state.lock().unwrap().reported.insert(request.clone(), stage) != Some(stage) {
                self.state.lock().unwrap().looked_at = None;
                return Some(request);
            }
        }
        None
    }

    /// When the schedule next finds something that matters here: a quiet open check is left alone.
    fn next_tick(&self, now: Timestamp) -> Option<Timestamp> {
        let late =
            self.state.lock().unwrap().deferred.iter().any(|deferred| matches!(deferred.trigger, Trigger::Schedule));
        if late {
            return None;
        }
        let attempts = self.call_log.attempts();
        let due = attempts.iter().filter_map(|check| {
            let resting =
                check.state().is_open_at_crosschq() && check.cancel_reason().is_none() && check.sync.digest.is_some();
            check.timing.due_at.filter(|due| !(resting && *due > now.after(Duration::from_secs(3600))))
        });
        let due = due.min()?.max(now);
        Some(Timestamp::from_ms((due.ms() / SCHEDULE_MS + 1) * SCHEDULE_MS))
    }

    /// The bodies of all orders that were ever queued.
    pub(crate) fn orders(&self) -> Vec<String> {
        self.pipe.all_bodies().into_iter().filter(|body| body.contains("\"ordered_at\"")).collect()
    }

    /// What is in the dead-letter queues.
    pub(crate) fn dead(&self) -> Vec<Delivery> {
        self.pipe.dead()
    }
}
