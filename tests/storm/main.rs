//! Load, in virtual time: each vendor is down for half an hour while one customer orders ten times as much as usual; or
//! one customer orders five hundred at once while its iCIMS takes seconds for every response. Nothing is lost, the
//! vendors' limits hold, the backlog drains, and the other customers keep their pace.

mod backlog;
mod bulk;

use std::time::Duration;

use connector_core::domain::{CustomerId, State, Timestamp, WorkflowId};
use connector_core::ports::Clock as _;
use http::StatusCode;
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, Kind, MINUTE, QUEUES, Window, story};

/// How long orders come in.
const ORDERS_FOR_MIN: u64 = 150;
/// When burst and outage begin and end, in minutes.
const STORM_MIN: (u64, u64) = (30, 60);
/// Calls of one process to one iCIMS platform, and processes that may run (as in the template).
const ICIMS_CAP: u32 = 4 * 25;
/// Records that may be under way in all workers (as in the template).
const CROSSCHQ_CAP: u32 = 10 * 25;
/// iCIMS' calls per day (docs/vendors/icims.md §6).
const ICIMS_A_DAY: u64 = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Out {
    Nobody,
    Icims,
    Crosschq,
}

#[derive(Debug)]
struct Storm {
    orders: u64,
    requests: usize,
    dead: u64,
    most_waiting: usize,
    drained_min: u64,
    icims_most: u32,
    crosschq_most: u32,
    icims_calls: u64,
    /// Of the customers at normal pace: orders outside the outage, half of them within, nineteen in twenty, and the
    /// longest wait until Crosschq held the request.
    pace_ms: (usize, u64, u64, u64),
}

struct Ordered {
    workflow: WorkflowId,
    at: Timestamp,
    calm: bool,
}

/// How long orders took until Crosschq held their requests, in milliseconds.
struct Pace(Vec<u64>);

impl Pace {
    fn of<'o>(bench: &Bench, ordered: impl IntoIterator<Item = &'o Ordered>) -> Self {
        let requests = bench.simulation.crosschq.requests();
        let wait = |ordered: &Ordered| {
            let ours = |id: &str| id.split(':').nth(2) == Some(ordered.workflow.as_str());
            let held = requests.iter().find(|held| ours(&held.sent_id));
            let held = held.unwrap_or_else(|| panic!("{} has no request", ordered.workflow));
            held.created_at.since(ordered.at).as_millis() as u64
        };
        let mut waits: Vec<u64> = ordered.into_iter().map(wait).collect();
        waits.sort_unstable();
        Self(waits)
    }

    fn orders(&self) -> usize {
        self.0.len()
    }

    /// The wait that this many in a hundred orders did not exceed.
    fn ms(&self, percent: usize) -> u64 {
        self.0[(self.0.len() - 1) * percent / 100]
    }
}

/// Orders at a pace, one every `every`, from one minute to another.
async fn order(bench: &Bench, customer: &CustomerId, first: u64, minutes: (u64, u64), every: Duration) -> Vec<Ordered> {
    let mut ordered = Vec::new();
    tokio::time::sleep(MINUTE * u32::try_from(minutes.0).unwrap()).await;
    let many = (minutes.1 - minutes.0) * 60_000 / every.as_millis() as u64;
    for n in 0..many {
        let workflow = bench.candidate(customer, first + n);
        let (at, minute) = (bench.simulation.clock.now(), minutes.0 + n * every.as_millis() as u64 / 60_000);
        while bench.advance(customer, &workflow, "C1").await.0 != StatusCode::OK {
            tokio::time::sleep(MINUTE).await;
        }
        let calm = minute < STORM_MIN.0 || minute >= STORM_MIN.1;
        ordered.push(Ordered { workflow, at, calm });
        let next = at.after(every);
        bench.simulation.clock.until(next).await;
    }
    ordered
}

async fn storm(out: Out, burst: bool) -> Storm {
    let bench = Bench::start(&BenchOptions { life_min: (9_000, 9_000), ..BenchOptions::default() });
    let customers: Vec<CustomerId> = ["1", "2", "3"].map(|id| bench.customer(id, &json!({}))).into();
    for customer in &customers {
        bench.simulation.icims.limit(customer, ICIMS_A_DAY);
    }
    let began = bench.simulation.clock.now();
    let window = Window { from: began.after(MINUTE * 30), to: began.after(MINUTE * 60), kind: Kind::Down };
    match out {
        Out::Nobody => {}
        Out::Icims => bench.simulation.icims.line().trouble(window),
        Out::Crosschq => bench.simulation.crosschq.line().trouble(window),
    }
    let normal = (0, ORDERS_FOR_MIN);
    let faster =
        async { if burst { order(&bench, &customers[0], 40_000, STORM_MIN, MINUTE / 9).await } else { Vec::new() } };
    let drained = async {
        // From the end of the outage until no order waits that is older than a minute.
        bench.simulation.clock.until(window.to).await;
        loop {
            tokio::time::sleep(MINUTE).await;
            let late = bench.simulation.store.all().into_iter().filter(|check| {
                matches!(check.state(), State::Claimed | State::OutcomeUnknown)
                    && bench.simulation.clock.now().since(check.timing.created_at) > MINUTE
            });
            if late.count() == 0 {
                return bench.simulation.clock.now().since(window.to).as_secs() / 60;
            }
        }
    };
    let (one, two, three, more, drained_min) = tokio::join!(
        order(&bench, &customers[0], 10_000, normal, MINUTE),
        order(&bench, &customers[1], 20_000, normal, MINUTE),
        order(&bench, &customers[2], 30_000, normal, MINUTE),
        faster,
        drained,
    );
    bench.pass(MINUTE * 60).await;

    let checks = bench.simulation.store.all();
    let all: Vec<&Ordered> = one.iter().chain(&two).chain(&three).chain(&more).collect();
    for ordered in &all {
        let check = checks.iter().find(|check| check.key.workflow == ordered.workflow);
        let state = check.map(|check| check.state());
        assert!(
            check.is_some_and(|check| check.request().is_some()),
            "{:?}: {} is {state:?}: {:#?}",
            out,
            ordered.workflow,
            check.map(|c| (
                c.refusal(),
                c.creates,
                c.history().iter().map(|e| format!("{} {:?}", e.at, e.event)).collect::<Vec<_>>()
            ))
        );
        let rows = bench.simulation.icims.flow(&check.unwrap().key.customer, &ordered.workflow).rows;
        assert_eq!(rows.len(), 1, "{out:?}: {} shows {} rows", ordered.workflow, rows.len());
    }
    assert_eq!(bench.violations(), Vec::<String>::new());
    let pace = Pace::of(&bench, two.iter().chain(&three).filter(|ordered| ordered.calm));
    let icims_calls = bench.simulation.icims.line().calls();
    let stats = QUEUES.map(|(queue, _)| bench.simulation.queues.stats(queue));
    Storm {
        orders: all.len() as u64,
        requests: bench.simulation.crosschq.requests().len(),
        dead: stats.iter().map(|stats| stats.dead).sum(),
        most_waiting: stats.iter().map(|stats| stats.most_waiting).max().unwrap_or(0),
        drained_min,
        icims_most: bench.simulation.icims.line().most_busy(),
        crosschq_most: bench.simulation.crosschq.line().most_busy(),
        icims_calls,
        pace_ms: (pace.orders(), pace.ms(50), pace.ms(95), pace.ms(100)),
    }
}

fn measured(out: Out, burst: bool) -> Storm {
    let measured = story(storm(out, burst));
    let Storm { orders, requests, dead, most_waiting, drained_min, icims_most, crosschq_most, icims_calls, pace_ms } =
        &measured;
    testkit::counted(&format!(
        "out={out:?} burst={burst} orders={orders} requests={requests} dead={dead} most_waiting={most_waiting} \
         drained_min={drained_min} icims_at_once<={icims_most} crosschq_at_once<={crosschq_most} \
         icims_calls={icims_calls} others_ms(n,p50,p95,max)={pace_ms:?}"
    ));
    assert_eq!(measured.requests as u64, measured.orders, "{measured:?}");
    assert_eq!(measured.dead, 0, "{measured:?}");
    assert!(measured.icims_most <= ICIMS_CAP && measured.crosschq_most <= CROSSCHQ_CAP, "{measured:?}");
    assert!(measured.icims_calls < ICIMS_A_DAY * 3, "{measured:?}");
    measured
}

#[test]
fn an_outage_of_either_vendor_and_a_burst_lose_nothing_and_slow_nobody_else() {
    let calm = measured(Out::Nobody, false);
    for out in [Out::Nobody, Out::Icims, Out::Crosschq] {
        let storm = measured(out, true);
        assert!(storm.drained_min <= 30, "{out:?}: {storm:?}");
        // Half of their orders go out as fast as ever, nineteen in twenty within seconds of it.
        assert!(storm.pace_ms.1 <= calm.pace_ms.1 * 2, "{out:?}: {:?} against {:?}", storm.pace_ms, calm.pace_ms);
        assert!(storm.pace_ms.2 <= calm.pace_ms.2 + 5_000, "{out:?}: {:?} against {:?}", storm.pace_ms, calm.pace_ms);
    }
}
