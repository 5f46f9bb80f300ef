//! Two days without Crosschq while checks are open.

use connector_core::domain::{Stage, State};
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, DAY, HOUR, Kind, story};

use crate::{burst, check, messages, row};

async fn outage(kind: Kind) {
    let options = BenchOptions { callbacks: false, life_min: (900_000, 900_000), ..BenchOptions::default() };
    let bench = Bench::start(&options);
    let customer = bench.customer("1", &json!({}));
    let workflows = burst(&bench, &customer, 20).await;
    bench.pass(HOUR).await;
    let (calls, (sent, dead)) = (bench.simulation.crosschq.line().calls(), messages(&bench));
    bench.crosschq_fails(kind, DAY * 2);
    bench.pass(DAY * 2).await;
    let calls = bench.simulation.crosschq.line().calls() - calls;
    let (sent, dead) = (messages(&bench).0 - sent, messages(&bench).1 - dead);
    testkit::counted(&format!(
        "outage_48h checks={} dead={dead} crosschq_calls<={calls} messages={sent} kind={kind:?}",
        workflows.len()
    ));
    assert_eq!(dead, 0, "a message of the schedule never becomes a dead letter");
    assert!(calls <= 600, "{calls} calls to Crosschq");
    assert!(sent <= 20 * 20, "{sent} messages of 20 checks");
    // It is over, and the references came in meanwhile without a callback.
    for held in bench.simulation.crosschq.requests() {
        bench.simulation.crosschq.step(&held.state.id, Stage::Completed);
    }
    bench.pass(HOUR * 27).await;
    for workflow in &workflows {
        assert_eq!(check(&bench, workflow).state(), State::Completed, "{workflow}");
        assert!(row(&bench, &customer, workflow).view.url.is_some(), "{workflow} shows no report");
    }
}

#[test]
fn a_revoked_crosschq_key_costs_little_and_no_dead_letter() {
    story(outage(Kind::Unauthorized));
}

#[test]
fn a_crosschq_that_is_down_costs_little_and_no_dead_letter() {
    story(outage(Kind::Down));
}
