//! 404 means "not there", "not visible to you" or "not in the account of this key": it decides nothing for hours.

use std::time::Duration;

use connector_core::domain::{CustomerId, Stage, StatusId, WorkflowId};
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, DAY, HOUR, Kind, MINUTE, story};

use crate::{check, crosschq_moves, row, stage};

async fn running(callbacks: bool) -> (Bench, CustomerId, WorkflowId) {
    let (bench, customer, workflow) = Bench::one(
        &BenchOptions { callbacks, life_min: (900_000, 900_000), ..BenchOptions::default() },
        &json!({"icims": {"stage_statuses": {"completed": "C9"}}}),
    );
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(MINUTE * 10).await;
    assert!(check(&bench, &workflow).request().is_some());
    (bench, customer, workflow)
}

/// The check is completed, and iCIMS shows the report and the status.
fn is_shown_completed(bench: &Bench, customer: &CustomerId, workflow: &WorkflowId) {
    let check = check(bench, workflow);
    assert_eq!(check.state(), connector_core::domain::State::Completed);
    let row = row(bench, customer, workflow);
    assert!(row.view.url.is_some(), "the report is not shown: {} ({})", row.view.result, row.view.notes);
    let status = bench.simulation.icims.flow(customer, workflow).status;
    assert_eq!(status, StatusId::parse("C9").ok(), "the workflow is not moved");
}

/// iCIMS hides the workflow for a while; in it one callback comes, and the request completes afterwards.
async fn icims_hides(span: Duration, callbacks: bool) {
    let (bench, customer, workflow) = running(callbacks).await;
    bench.icims_fails(Kind::Hides, span);
    crosschq_moves(&bench, &workflow, Stage::InProgress);
    bench.pass(span).await;
    crosschq_moves(&bench, &workflow, Stage::Completed);
    bench.pass(DAY * 3).await;
    is_shown_completed(&bench, &customer, &workflow);
}

#[test]
fn ten_minutes_without_permission_in_icims_hide_no_report() {
    story(icims_hides(MINUTE * 10, true));
}

#[test]
fn five_hours_without_permission_in_icims_hide_no_report() {
    story(icims_hides(HOUR * 5, true));
    story(icims_hides(HOUR * 5, false));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_completes_while_icims_hides_the_workflow_is_shown_afterwards() {
    let (bench, customer, workflow) = running(true).await;
    bench.icims_fails(Kind::Hides, HOUR * 3);
    crosschq_moves(&bench, &workflow, Stage::Completed);
    bench.pass(DAY).await;
    is_shown_completed(&bench, &customer, &workflow);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_icims_hides_for_minutes_is_carried_out_or_refused_with_a_message() {
    let (bench, customer, workflow) =
        Bench::one(&BenchOptions { life_min: (900_000, 900_000), ..BenchOptions::default() }, &json!({}));
    bench.icims_fails(Kind::Hides, MINUTE * 10);
    let (status, text) = bench.advance(&customer, &workflow, "C1").await;
    bench.pass(DAY).await;
    if status == http::StatusCode::OK {
        assert_eq!(stage(&bench, &workflow), Stage::Requested);
        assert_eq!(row(&bench, &customer, &workflow).view.result, "Sent");
    } else {
        assert!(text.contains("userMessage"), "{status} {text}");
        assert!(bench.simulation.crosschq.requests().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_rejection_that_icims_hides_for_minutes_is_followed() {
    let (bench, customer, workflow) = running(true).await;
    bench.icims_fails(Kind::Hides, MINUTE * 10);
    bench.advance(&customer, &workflow, "C2").await;
    bench.pass(HOUR * 8).await;
    assert_eq!(stage(&bench, &workflow), Stage::Cancelled);
    assert!(check(&bench, &workflow).is_over());
}

#[tokio::test(start_paused = true)]
async fn an_event_of_a_rejection_that_did_not_happen_cancels_nothing_while_icims_hides_the_workflow() {
    let (bench, customer, workflow) = running(true).await;
    bench.icims_fails(Kind::Hides, MINUTE * 10);
    bench.push(&customer, &workflow, Some("C1"), "C2").await;
    bench.pass(HOUR * 8).await;
    assert_eq!(stage(&bench, &workflow), Stage::Requested);
    assert_eq!(check(&bench, &workflow).cancel_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn a_purged_workflow_has_its_open_request_cancelled_after_hours() {
    let (bench, customer, workflow) = running(true).await;
    bench.simulation.icims.change(&customer, &workflow, |flow| flow.purged = true);
    crosschq_moves(&bench, &workflow, Stage::InProgress);
    bench.pass(HOUR * 5).await;
    assert_eq!(stage(&bench, &workflow), Stage::InProgress, "five hours of 404 prove nothing");
    bench.pass(DAY * 2).await;
    assert_eq!(stage(&bench, &workflow), Stage::Cancelled);
    let calls = bench.simulation.icims.line().calls();
    bench.pass(DAY * 7).await;
    let calls = bench.simulation.icims.line().calls() - calls;
    assert!(calls <= 14, "{calls} calls in a week about a workflow that is gone");
}

/// Crosschq hides the request for a while (the key of another account); it completes in the meantime.
fn crosschq_hides(span: Duration) {
    for callbacks in [false, true] {
        story(async {
            let (bench, customer, workflow) = running(callbacks).await;
            bench.crosschq_fails(Kind::Hides, span);
            crosschq_moves(&bench, &workflow, Stage::InProgress);
            bench.pass(span / 2).await;
            crosschq_moves(&bench, &workflow, Stage::Completed);
            bench.pass(span / 2).await;
            bench.pass(DAY * 3).await;
            is_shown_completed(&bench, &customer, &workflow);
        });
    }
}

#[test]
fn ten_minutes_with_the_key_of_another_account_fail_no_check() {
    crosschq_hides(MINUTE * 10);
}

#[test]
fn four_hours_with_the_key_of_another_account_fail_no_check() {
    crosschq_hides(HOUR * 4);
}

#[test]
fn a_check_whose_request_seemed_gone_after_a_day_with_the_key_of_another_account_comes_back() {
    crosschq_hides(DAY);
}

#[tokio::test(start_paused = true)]
async fn a_check_is_not_over_while_crosschq_hides_its_request_for_hours() {
    let (bench, _, workflow) = running(true).await;
    bench.crosschq_fails(Kind::Hides, HOUR * 5);
    crosschq_moves(&bench, &workflow, Stage::InProgress);
    for _ in 0..5 {
        bench.pass(MINUTE * 59).await;
        assert!(!check(&bench, &workflow).is_over(), "{:?}", check(&bench, &workflow).state());
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancel_that_is_answered_404_for_hours_is_not_the_last() {
    let (bench, customer, workflow) = running(true).await;
    bench.crosschq_fails(Kind::Hides, HOUR * 2);
    bench.advance(&customer, &workflow, "C2").await;
    bench.pass(DAY * 2).await;
    assert_eq!(stage(&bench, &workflow), Stage::Cancelled, "the references of a rejected candidate are still open");
    assert!(check(&bench, &workflow).is_over());
}
