//! Five hundred candidates of one customer are advanced at once, and for an hour its iCIMS takes up to nine and a half
//! seconds a call. Another customer, with a healthy iCIMS, orders at the same time.

use std::collections::BTreeMap;

use connector_core::domain::{State, WorkflowId};
use connector_core::ports::Clock as _;
use http::StatusCode;
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, Kind, MINUTE, Window, story};

use crate::{Pace, order};

/// Candidates advanced at once.
const BULK: u64 = 500;
/// The longest response time of iCIMS, in milliseconds.
const SLOW_MS: u64 = 9_500;
/// Orders of the other customer: one every three minutes of the hour.
const OTHERS: (u64, u64) = (0, 60);
/// What the other customer's orders may take until Crosschq holds them, half of them and all of them: an order may have to
/// wait for an invocation to end, which takes thirty seconds at most.
const PACE_MS: (u64, u64) = (5_000, 35_000);

async fn bulk(look_up: bool) {
    let bench = Bench::start(&BenchOptions { life_min: (50_000, 50_000), ..BenchOptions::default() });
    let capabilities = json!({"crosschq": {"capabilities": {"search": look_up}}});
    let (bulky, other) = (bench.customer("1", &capabilities), bench.customer("2", &capabilities));
    let now = bench.simulation.clock.now();
    let window = Window { from: now, to: now.after(MINUTE * 60), kind: Kind::Slow(SLOW_MS) };
    bench.simulation.icims.line().trouble_for(&bulky, window);
    let workflows: Vec<WorkflowId> = (1..=BULK).map(|n| bench.candidate(&bulky, n)).collect();
    let at_once = async {
        let all = workflows.iter().map(|workflow| bench.advance(&bulky, workflow, "C1"));
        futures_util::future::join_all(all).await
    };
    let (answers, beside) = tokio::join!(at_once, order(&bench, &other, 20_000, OTHERS, MINUTE * 3));
    assert!(answers.iter().all(|(status, _)| *status == StatusCode::OK), "{answers:?}");
    bench.pass(MINUTE * 180).await;

    let mut requests: BTreeMap<String, usize> = BTreeMap::new();
    for held in bench.simulation.crosschq.requests() {
        *requests.entry(held.sent_id.split(':').nth(2).unwrap().to_owned()).or_default() += 1;
    }
    let ordered: Vec<&WorkflowId> = workflows.iter().chain(beside.iter().map(|ordered| &ordered.workflow)).collect();
    let of = |workflow: &WorkflowId| requests.get(workflow.as_str()).copied().unwrap_or(0);
    let lost = ordered.iter().filter(|workflow| of(workflow) == 0).count();
    let doubled = ordered.iter().filter(|workflow| of(workflow) > 1).count();
    let pace = Pace::of(&bench, &beside);
    let (others, p50, most) = (pace.orders(), pace.ms(50), pace.ms(100));
    testkit::counted(&format!(
        "bulk={BULK} slow_ms<={SLOW_MS} lost={lost} doubled={doubled} look_up={look_up} \
         others_ms(n,p50,max)=({others}, {p50}, {most}) icims_calls={} workers_out_of_time={}",
        bench.simulation.icims.line().calls(),
        bench.simulation.journal.met().counts().get("worker out of time").copied().unwrap_or(0),
    ));
    assert_eq!((lost, doubled), (0, 0));
    for check in bench.simulation.store.all() {
        assert_eq!((check.state(), check.creates.begun), (State::Requested, 1), "{}", check.key.workflow);
        let rows = bench.simulation.icims.flow(&check.key.customer, &check.key.workflow).rows;
        assert_eq!(rows.len(), 1, "{} shows {} rows", check.key.workflow, rows.len());
    }
    assert!(p50 <= PACE_MS.0 && most <= PACE_MS.1, "the other customer waits {p50} and up to {most} ms");
    assert_eq!(bench.violations(), Vec::<String>::new());
}

#[test]
fn five_hundred_at_once_while_icims_takes_seconds_are_created_once_each_and_slow_nobody_else() {
    story(bulk(false));
}

#[test]
fn five_hundred_at_once_while_icims_takes_seconds_are_created_once_each_with_a_look_up() {
    story(bulk(true));
}
