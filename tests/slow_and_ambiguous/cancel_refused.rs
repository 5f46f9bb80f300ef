//! Crosschq does not cancel, or responds that there is nothing to cancel while the request is open.

use connector_core::domain::{CustomerId, Stage, WorkflowId};
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, DAY, HOUR, Kind, MINUTE, story};

use crate::{check, crosschq_moves, messages, row, stage};

/// A rejected candidate and a request that Crosschq does not cancel for this many hours.
async fn rejected(kind: Kind, callbacks: bool, hours: u32) -> (Bench, CustomerId, WorkflowId) {
    let (bench, customer, workflow) =
        Bench::one(&BenchOptions { callbacks, life_min: (900_000, 900_000), ..BenchOptions::default() }, &json!({}));
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(MINUTE * 10).await;
    bench.crosschq_fails(kind, HOUR * hours);
    bench.advance(&customer, &workflow, "C2").await;
    (bench, customer, workflow)
}

/// The check is not over, and the recruiter reads what to do.
fn requires_manual_action(bench: &Bench, customer: &CustomerId, workflow: &WorkflowId) {
    let check = check(bench, workflow);
    assert!(check.cancel_reason().is_some(), "the cancellation is forgotten");
    let notes = row(bench, customer, workflow).view.notes;
    assert!(notes.to_lowercase().contains("cancel it in crosschq"), "the Screen tab says: {notes}");
}

fn not_cancelled(kind: Kind) {
    for callbacks in [false, true] {
        story(async {
            let (bench, customer, workflow) = rejected(kind, callbacks, 24 * 7).await;
            let sent = messages(&bench).0;
            bench.pass(MINUTE * 30).await;
            requires_manual_action(&bench, &customer, &workflow);
            bench.pass(DAY).await;
            requires_manual_action(&bench, &customer, &workflow);
            let (sent, cancels) = (messages(&bench).0 - sent, bench.simulation.crosschq.calls()["cancel"]);
            assert!(sent <= 20, "{sent} messages in a day about one cancel");
            assert!((2..=8).contains(&cancels), "{cancels} cancels in a day: in hours, not in minutes and not never");
            assert_eq!(messages(&bench).1, 0, "a refusal is no dead letter");
        });
    }
}

#[test]
fn a_refused_cancel_is_noted_on_the_screen_tab_and_tried_again_in_hours() {
    not_cancelled(Kind::RefusesCancels);
}

#[test]
fn a_cancel_answered_already_completed_while_the_request_is_open_ends_in_a_state_and_not_in_another_message() {
    not_cancelled(Kind::SaysCompleted);
}

#[test]
fn a_cancel_that_was_refused_for_a_while_is_carried_out_afterwards() {
    for kind in [Kind::RefusesCancels, Kind::SaysCompleted] {
        story(async {
            let (bench, customer, workflow) = rejected(kind, true, 3).await;
            bench.pass(DAY).await;
            let (sent, _) = messages(&bench);
            assert!(sent <= 60, "{kind:?}: {sent} messages in a day about one check");
            assert_eq!(stage(&bench, &workflow), Stage::Cancelled, "{kind:?}");
            assert!(check(&bench, &workflow).is_over(), "{kind:?}");
            assert_eq!(row(&bench, &customer, &workflow).view.result, "Cancelled", "{kind:?}");
        });
    }
}

#[test]
fn a_request_that_completes_after_its_cancel_was_refused_keeps_its_report() {
    for kind in [Kind::RefusesCancels, Kind::SaysCompleted] {
        story(async {
            let (bench, customer, workflow) = rejected(kind, true, 24 * 7).await;
            bench.pass(HOUR).await;
            crosschq_moves(&bench, &workflow, Stage::Completed);
            bench.pass(DAY).await;
            assert!(check(&bench, &workflow).is_over(), "{kind:?}");
            assert!(row(&bench, &customer, &workflow).view.url.is_some(), "{kind:?}: the report is not shown");
        });
    }
}
