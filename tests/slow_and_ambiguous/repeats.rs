//! Orders after an end: the same event again, a new order, and a report that is young enough to be used again.

use connector_core::domain::{Stage, State};
use http::StatusCode;
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, DAY, HOUR, MINUTE};

use crate::{crosschq_moves, requests_of};

fn options() -> BenchOptions {
    BenchOptions { life_min: (900_000, 900_000), ..BenchOptions::default() }
}

#[tokio::test(start_paused = true)]
async fn the_event_of_an_order_that_was_carried_out_orders_nothing_however_late_it_comes_again() {
    let (bench, customer, workflow) = Bench::one(&options(), &json!({}));
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(MINUTE * 10).await;
    crosschq_moves(&bench, &workflow, Stage::Completed);
    bench.pass(HOUR * 5).await;
    // Nothing was moved: the candidate is still in the Crosschq status.
    let answer = bench.push(&customer, &workflow, Some("C0"), "C1").await;
    assert_eq!(answer.0, StatusCode::OK);
    bench.pass(DAY).await;
    assert_eq!(bench.checks(&workflow).len(), 1);
    assert_eq!(requests_of(&bench, &workflow).len(), 1, "no second request is sent");
    bench.advance(&customer, &workflow, "C4").await;
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(HOUR).await;
    assert_eq!(requests_of(&bench, &workflow).len(), 2, "a recruiter who orders again gets a second one");
}

#[tokio::test(start_paused = true)]
async fn a_report_that_is_young_enough_is_used_again_and_the_refusal_carries_its_link() {
    let (bench, customer, workflow) = Bench::one(&options(), &json!({"icims": {"reuse_report_days": 30}}));
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(MINUTE * 10).await;
    crosschq_moves(&bench, &workflow, Stage::Completed);
    bench.pass(DAY * 29).await;
    bench.advance(&customer, &workflow, "C4").await;
    let (status, text) = bench.advance(&customer, &workflow, "C1").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(text.contains("https://crosschq.com/report/") && text.contains("30 days"), "{text}");
    assert_eq!(requests_of(&bench, &workflow).len(), 1);
    bench.pass(DAY * 2).await;
    bench.advance(&customer, &workflow, "C4").await;
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(HOUR).await;
    let states: Vec<State> = bench.checks(&workflow).iter().map(|check| check.state()).collect();
    assert_eq!(states, [State::Completed, State::Requested], "an older report is ordered again");
}

#[tokio::test(start_paused = true)]
async fn a_report_that_is_issued_again_is_attached_again_and_the_same_one_is_not() {
    let (bench, customer, workflow) = Bench::one(&options(), &json!({"icims": {"attach_pdf_field": "field1"}}));
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(MINUTE * 10).await;
    let request = requests_of(&bench, &workflow)[0].state.id.clone();
    bench.simulation.crosschq.step(&request, Stage::Completed);
    bench.pass(HOUR).await;
    assert_eq!(bench.simulation.icims.flow(&customer, &workflow).files, 1);
    bench.simulation.crosschq.issue_again(&request, b"%PDF-1");
    bench.pass(HOUR).await;
    assert_eq!(bench.simulation.icims.flow(&customer, &workflow).files, 2, "another report");
    bench.simulation.crosschq.issue_again(&request, b"%PDF-1");
    bench.pass(HOUR).await;
    assert_eq!(bench.simulation.icims.flow(&customer, &workflow).files, 2, "the same report");
}
