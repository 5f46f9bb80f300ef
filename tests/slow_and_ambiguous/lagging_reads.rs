//! iCIMS sends an event before a read shows the change.

use std::time::Duration;

use connector_core::domain::{CustomerId, Stage, State, StatusId, WorkflowId};
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, DAY, HOUR, MINUTE, SECOND, story};

use crate::{check, row, stage, stands_in};

fn bench() -> (Bench, CustomerId, WorkflowId) {
    let (bench, customer, workflow) =
        Bench::one(&BenchOptions { life_min: (50_000, 50_000), ..BenchOptions::default() }, &json!({}));
    stands_in(&bench, &customer, &workflow, "C0");
    (bench, customer, workflow)
}

/// The event comes, and reads show the move this much later.
async fn moved(bench: &Bench, of: (&CustomerId, &WorkflowId), from: Option<&str>, to: &str, lag: Duration) {
    let (customer, workflow) = of;
    let push = bench.push(customer, workflow, from, to);
    let shown = async {
        bench.pass(lag).await;
        bench.simulation.icims.advance(customer, workflow, &StatusId::parse(to).unwrap());
    };
    let ((status, text), ()) = futures_util::future::join(push, shown).await;
    assert_eq!(status, http::StatusCode::OK, "{text}");
}

#[test]
fn an_order_is_carried_out_though_the_read_lags_behind_its_event() {
    for from in [Some("C0"), None] {
        for lag in [SECOND * 2, SECOND * 15, SECOND * 40] {
            story(async {
                let (bench, customer, workflow) = bench();
                moved(&bench, (&customer, &workflow), from, "C1", lag).await;
                bench.pass(MINUTE * 10).await;
                assert_eq!(check(&bench, &workflow).state(), State::Requested, "old status {from:?}, {lag:?} late");
                assert_eq!(row(&bench, &customer, &workflow).view.result, "Sent");
            });
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_whose_read_is_minutes_behind_its_event_is_carried_out_where_the_event_names_the_old_status() {
    let (bench, customer, workflow) = bench();
    moved(&bench, (&customer, &workflow), Some("C0"), "C1", MINUTE * 3).await;
    bench.pass(MINUTE * 10).await;
    assert_eq!(check(&bench, &workflow).state(), State::Requested);
}

#[test]
fn a_rejection_is_followed_though_the_read_lags_behind_its_event() {
    for from in [Some("C1"), None] {
        for lag in [SECOND * 2, SECOND * 15, SECOND * 40] {
            story(async {
                let (bench, customer, workflow) = bench();
                bench.advance(&customer, &workflow, "C1").await;
                bench.pass(MINUTE * 10).await;
                moved(&bench, (&customer, &workflow), from, "C2", lag).await;
                bench.pass(MINUTE * 20).await;
                assert_eq!(stage(&bench, &workflow), Stage::Cancelled, "old status {from:?}, {lag:?} late");
                assert_eq!(check(&bench, &workflow).state(), State::Cancelled);
            });
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_the_workflow_goes_on_contradicting_orders_nothing() {
    let (bench, customer, workflow) = bench();
    stands_in(&bench, &customer, &workflow, "C4");
    bench.push(&customer, &workflow, Some("C0"), "C1").await;
    bench.pass(DAY).await;
    assert!(bench.simulation.crosschq.requests().is_empty());
    let rows = bench.simulation.icims.flow(&customer, &workflow).rows;
    assert!(rows.iter().all(|row| row.view.result != "Sent"), "{rows:?}");
}

#[tokio::test(start_paused = true)]
async fn a_rejection_that_the_workflow_goes_on_contradicting_cancels_nothing() {
    let (bench, customer, workflow) = bench();
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(MINUTE * 10).await;
    bench.push(&customer, &workflow, Some("C4"), "C2").await;
    bench.pass(HOUR * 8).await;
    let check = check(&bench, &workflow);
    assert_eq!((check.cancel_reason(), check.is_over()), (None, false));
    assert!(stage(&bench, &workflow) != Stage::Cancelled);
}
