//! Workers that die in the middle of a burst.

use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, Cuts, DAY, story};

use crate::{burst, check, lost_and_doubled, summary};

async fn killed(idempotent: bool, search: bool) {
    let cuts = Cuts { worker: 300 };
    let options = BenchOptions { idempotent, cuts, life_min: (50_000, 50_000), ..BenchOptions::default() };
    let bench = Bench::start(&options);
    let customer = bench.customer("1", &json!({"crosschq": {"capabilities": {"search": search}}}));
    let workflows = burst(&bench, &customer, 200).await;
    bench.pass(DAY * 2).await;
    let (lost, doubled) = lost_and_doubled(&bench, &workflows);
    testkit::counted(&format!(
        "killed=300‰ orders=200 idempotent={idempotent} look_up={search} lost={lost} doubled={doubled}"
    ));
    assert_eq!((lost, doubled), (0, 0), "{:?}", summary(&bench));
    for workflow in &workflows {
        assert!(check(&bench, workflow).request().is_some(), "{workflow}: {:?}", summary(&bench));
    }
}

#[test]
fn a_burst_under_dying_workers_is_created_once_each_where_crosschq_honors_keys() {
    story(killed(true, false));
}

#[test]
fn a_burst_under_dying_workers_is_created_once_each_where_crosschq_offers_a_look_up() {
    story(killed(false, true));
}

#[test]
fn a_burst_under_dying_workers_is_created_once_each_where_crosschq_offers_nothing() {
    story(killed(false, false));
}
