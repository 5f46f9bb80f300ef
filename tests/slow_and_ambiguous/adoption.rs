//! Creates whose replies were lost, many at once, and the callbacks that name their requests.

use connector_core::domain::{PersonId, State};
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, HOUR, Kind, MINUTE, SECOND, story};

use crate::{burst, lost_and_doubled, summary};

/// Half of the creates' replies are lost while this many candidates are advanced; returns the iCIMS calls in all.
async fn unanswered(many: u64) -> u64 {
    let bench = Bench::start(&BenchOptions { life_min: (50_000, 50_000), ..BenchOptions::default() });
    let customer = bench.customer("1", &json!({}));
    bench.crosschq_fails(Kind::LosesReplies, MINUTE * 3);
    let workflows = burst(&bench, &customer, many).await;
    bench.pass(HOUR * 2).await;
    assert_eq!(lost_and_doubled(&bench, &workflows), (0, 0), "{:?}", summary(&bench));
    let open = bench.simulation.store.all().into_iter().filter(|check| check.state() != State::Requested).count();
    assert_eq!(open, 0, "not recognized by their callbacks: {:?}", summary(&bench));
    bench.simulation.icims.line().calls()
}

#[test]
fn callbacks_among_many_unanswered_creates_cost_icims_nothing_more_by_their_number() {
    let (few, many) = (story(unanswered(50)), story(unanswered(200)));
    testkit::counted(&format!(
        "adoption orders=50 icims_calls={few} ({}.{} each); orders=200 icims_calls={many} ({}.{} each)",
        few / 50,
        few * 10 / 50 % 10,
        many / 200,
        many * 10 / 200 % 10
    ));
    assert!(few <= 50 * 10, "{few} iCIMS calls for 50 orders");
    assert!(many <= few * 4 + 100, "{many} iCIMS calls for 200 orders, {few} for 50");
}

/// Every request is called back about, an hour after creates that mostly were not answered.
async fn called_back(merged: bool, search: bool) {
    let options =
        BenchOptions { callbacks: false, idempotent: false, life_min: (90_000, 90_000), ..BenchOptions::default() };
    let bench = Bench::start(&options);
    let customer = bench.customer("1", &json!({"crosschq": {"capabilities": {"search": search}}}));
    bench.crosschq_fails(Kind::LosesReplies, HOUR);
    let flows: Vec<_> = (1..=40).map(|n| bench.candidate(&customer, n)).collect();
    for flow in &flows {
        bench.advance(&customer, flow, "C1").await;
    }
    bench.pass(if search { SECOND * 20 } else { MINUTE * 90 }).await;
    let unknown = |check: &connector_core::domain::Check| check.state() == State::OutcomeUnknown;
    let waiting: Vec<_> = bench.simulation.store.all().into_iter().filter(unknown).collect();
    assert!(waiting.len() > 3, "only {} wait", waiting.len());
    if merged {
        // The candidate is merged into another: the id that the check knows answers 404 from now on.
        bench.simulation.icims.merge(&customer, &waiting[0].key.workflow, &PersonId::parse("9999").unwrap());
    }
    for held in bench.simulation.crosschq.requests() {
        bench.simulation.call_back(&customer, &held.state.id).await;
    }
    bench.pass(HOUR * 2).await;
    let left: Vec<_> = bench.simulation.store.all().into_iter().filter(|check| check.request().is_none()).collect();
    let merged_alone = merged && left.len() == 1 && left[0].key.workflow == waiting[0].key.workflow;
    assert!(left.is_empty() || merged_alone, "merged={merged} search={search}: {:?}", summary(&bench));
    assert_eq!(lost_and_doubled(&bench, &flows), (0, 0));
}

#[test]
fn every_unanswered_create_is_recognized_by_its_callback() {
    story(called_back(false, false));
    story(called_back(false, true));
}

#[test]
fn one_merged_candidate_does_not_swallow_the_callbacks_of_the_others() {
    story(called_back(true, false));
    story(called_back(true, true));
}
