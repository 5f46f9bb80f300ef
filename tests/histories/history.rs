//! One history, from its seed to its end.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use connector_core::ports::Clock as _;

use crate::actions::{Diary, administrate, call_back, recruit};
use crate::draw::{Store, set_up};
use crate::promises;

/// How long everything is left alone at the end: a day for unknown outcomes, six hours for lost callbacks, midnight for
/// quotas, six hours for refused rows, and some.
const QUIET: Duration = Duration::from_secs(50 * 3600);

/// How long after its last change a history is left alone before it is judged: a change without a callback is found by
/// the poll of open checks, once a day at the least and up to a tenth later, and then has to be shown.
const WITHOUT_CALLBACK: Duration = Duration::from_secs(30 * 3600);

/// What became of a history, or of many.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) hash: u64,
    pub(crate) violations: Vec<String>,
    pub(crate) lines: Vec<String>,
    pub(crate) orders: u64,
    pub(crate) checks: u64,
    pub(crate) requests: u64,
    pub(crate) refused: u64,
    pub(crate) messages: u64,
    /// The most messages of one history.
    pub(crate) most_messages: u64,
    pub(crate) dead: u64,
    pub(crate) calls: u64,
    /// The faults that it met, and how often.
    pub(crate) met: BTreeMap<&'static str, u64>,
}

impl Outcome {
    pub(crate) fn add(&mut self, other: &Self) {
        self.orders += other.orders;
        self.checks += other.checks;
        self.requests += other.requests;
        self.refused += other.refused;
        self.messages += other.messages;
        self.most_messages = self.most_messages.max(other.most_messages);
        self.dead += other.dead;
        self.calls += other.calls;
        for (what, times) in &other.met {
            *self.met.entry(what).or_default() += times;
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "orders={} checks={} requests={} refused={} messages={} most_messages={} dead_letters={} vendor_calls={}",
            self.orders,
            self.checks,
            self.requests,
            self.refused,
            self.messages,
            self.most_messages,
            self.dead,
            self.calls
        )
    }
}

pub(crate) fn run(seed: u64, store: Store, verbose: bool) -> Outcome {
    // The backoff's jitter.
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(play(seed, store, verbose))
}

async fn play(seed: u64, store: Store, verbose: bool) -> Outcome {
    let (simulation, cast, changes) = set_up(seed, store, verbose);
    simulation.start();
    tokio::spawn(call_back(simulation.clone(), changes, cast.callbacks));
    let diary = Diary::of(cast.candidacies.len());
    let mut people = Vec::new();
    for (n, who) in cast.candidacies.iter().enumerate() {
        people.push(tokio::spawn(recruit(simulation.clone(), who.clone(), n, diary.clone())));
        people.push(tokio::spawn(administrate(simulation.clone(), who.clone())));
    }
    for person in people {
        person.await.unwrap();
    }
    simulation.clock.until(cast.trouble_until).await;
    tokio::time::sleep(QUIET).await;
    while let Some(judged_at) = simulation.crosschq.last_change().map(|changed| changed.after(WITHOUT_CALLBACK))
        && judged_at > simulation.clock.now()
    {
        simulation.clock.until(judged_at).await;
    }
    promises::check(&simulation, &cast, &diary);

    let mut outcome =
        Outcome { hash: simulation.journal.hash(), violations: simulation.journal.violations(), ..Outcome::default() };
    outcome.lines = simulation.journal.lines();
    for (n, _) in cast.candidacies.iter().enumerate() {
        for moved in diary.moves(n) {
            outcome.orders += u64::from(moved.to == "C1");
            outcome.refused += u64::from(matches!(moved.answer, Some(crate::actions::Answer::Refused(_))));
        }
    }
    outcome.checks = simulation.store.all().len() as u64;
    outcome.requests = simulation.crosschq.requests().len() as u64;
    for (queue, _) in testkit::fakes::QUEUES {
        outcome.messages += simulation.queues.stats(queue).sent;
        outcome.dead += simulation.queues.stats(queue).dead;
    }
    outcome.most_messages = outcome.messages;
    outcome.calls = simulation.icims.line().calls() + simulation.crosschq.line().calls();
    for met in [simulation.icims.line().met(), simulation.crosschq.line().met(), simulation.journal.met()] {
        outcome.add(&Outcome { met: met.counts(), ..Outcome::default() });
    }
    outcome
}
