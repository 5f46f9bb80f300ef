//! What the histories found of outages, one story each: these keep the bugs dead.

use connector_core::domain::{HistoryEvent, Stage, State};
use connector_core::ports::Clock as _;
use http::StatusCode;
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, HOUR, Kind, MINUTE, story};

#[tokio::test(start_paused = true)]
async fn a_rejection_outlives_an_outage_of_icims_that_outlives_its_message() {
    let (bench, customer, workflow) = Bench::one(&BenchOptions::default(), &json!({}));
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(10 * MINUTE).await;
    bench.icims_fails(Kind::Down, 4 * HOUR);
    assert_eq!(bench.advance(&customer, &workflow, "C2").await.0, StatusCode::OK);
    bench.pass(4 * HOUR).await;
    assert!(bench.simulation.queues.stats("cancellations").dead > 0, "the message is long dead");
    assert!(bench.checks(&workflow)[0].rejection().is_some());
    bench.pass(HOUR).await;
    assert_eq!(bench.checks(&workflow)[0].state(), State::Cancelled);
    assert_eq!(bench.simulation.crosschq.requests()[0].state.stage, Stage::Cancelled);
}

#[test]
fn the_last_create_is_not_spent_on_the_outage_that_swallowed_the_first() {
    for seed in 0..6 {
        story(async {
            let (bench, customer, workflow) =
                Bench::one(&BenchOptions { seed, idempotent: false, ..BenchOptions::default() }, &json!({}));
            bench.crosschq_fails(Kind::Down, HOUR);
            bench.advance(&customer, &workflow, "C1").await;
            bench.pass(3 * HOUR).await;
            assert_eq!(bench.checks(&workflow)[0].state(), State::Requested, "seed {seed}");
        });
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_does_not_multiply_the_records() {
    let bench = Bench::start(&BenchOptions::default());
    let customer = bench.customer("1", &json!({}));
    bench.icims_fails(Kind::Down, 2 * HOUR);
    for n in 1..=20 {
        let workflow = bench.candidate(&customer, n);
        bench.advance(&customer, &workflow, "C1").await;
    }
    bench.pass(2 * HOUR).await;
    let sent = bench.simulation.queues.stats("reference-requests").sent;
    assert!(sent <= 20 * 4, "{sent} records for 20 orders");
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_told_as_how_often_and_between_when_and_when() {
    let (bench, customer, workflow) = Bench::one(&BenchOptions::default(), &json!({}));
    let (began, over) = (bench.simulation.clock.now(), bench.from_now(6 * HOUR));
    bench.icims_fails(Kind::Down, 6 * HOUR);
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(8 * HOUR).await;
    let check = bench.checks(&workflow).remove(0);
    assert_eq!(check.state(), State::Requested);
    let released = |event: &HistoryEvent| matches!(event, HistoryEvent::Released { .. });
    let release: Vec<_> = check.history().iter().filter(|entry| released(&entry.event)).collect();
    let [release] = release.as_slice() else { panic!("{} entries for one outage", release.len()) };
    let repeats = release.repeats.unwrap();
    assert!(repeats.times > 10, "{repeats:?}");
    assert!(began <= repeats.since && repeats.since < release.at && release.at <= over.after(MINUTE), "{release:?}");
    assert_eq!(bench.violations(), Vec::<String>::new());
}
