//! What a look-up proves: another check of the same person holds a request, and a position has been renamed.

use std::time::Duration;

use connector_core::domain::{Check, CustomerId, Refusal, RequisitionId, Stage, State, WorkflowId};
use connector_core::ports::Clock as _;
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, DAY, HOUR, Kind, MINUTE, SECOND, Window, story};

use crate::{requests_of, stage};

/// The position that both of the customer's templates name.
fn name_position(bench: &Bench, customer: &CustomerId, position: &str) {
    let mut known = (*bench.simulation.customers.get(customer).unwrap()).clone();
    let template = |name: &str, tag: &str, survey: &str| json!({"name": name, "tag": tag, "survey": survey, "position": position, "references": {"managers": 1}});
    let templates = json!([template("Sales", "sales", "s1"), template("Field", "field", "s2")]);
    known.templates = serde_json::from_value(templates).unwrap();
    bench.simulation.customers.set(known);
}

/// Two workflows of one person; the first one's create was not answered, then the position was renamed, then the second was
/// ordered. `None` where the seed leads elsewhere.
async fn two_of_one_person(seed: u64) -> Option<(Bench, CustomerId, WorkflowId, WorkflowId)> {
    let options = BenchOptions {
        seed,
        callbacks: false,
        idempotent: false,
        life_min: (90_000, 90_000),
        ..BenchOptions::default()
    };
    let bench = Bench::start(&options);
    let customer = bench.customer("1", &json!({"crosschq": {"capabilities": {"search": true}}}));
    name_position(&bench, &customer, "Sales");
    let (first, second) = (bench.candidate_who(&customer, 1, 77), bench.candidate_who(&customer, 2, 77));
    bench.simulation.icims.name_templates(&RequisitionId::parse("72").unwrap(), &["field"]);
    bench.pass(MINUTE * 3).await;
    bench.crosschq_fails(Kind::LosesReplies, SECOND * 8);
    let down = Window { from: bench.from_now(SECOND * 14), to: bench.from_now(MINUTE * 10), kind: Kind::Down };
    bench.simulation.crosschq.line().trouble(down);
    bench.advance(&customer, &first, "C1").await;
    bench.pass(SECOND * 14).await;
    if bench.checks(&first)[0].state() != State::OutcomeUnknown || bench.simulation.crosschq.requests().is_empty() {
        return None;
    }
    bench.pass(MINUTE * 2).await;
    name_position(&bench, &customer, "Sales II");
    bench.pass(MINUTE * 8).await;
    assert!(bench.simulation.clock.now() > down.to);
    bench.advance(&customer, &second, "C1").await;
    bench.pass(SECOND * 20).await;
    Some((bench, customer, first, second))
}

/// Whether the check states that a request of its may be open at Crosschq.
fn requires_manual_action(check: &Check) -> bool {
    check.is_cancel_unconfirmed() || check.refusal() == Some(&Refusal::OutcomeUnknown)
}

/// The first order's check at the end: it follows its own request or requires manual action, and nothing was sent twice.
fn first_is_right(bench: &Bench, first: &WorkflowId, second: &WorkflowId, seed: u64) -> Check {
    let check = bench.checks(first).remove(0);
    let (ours, theirs) = (requests_of(bench, first), requests_of(bench, second));
    assert_eq!((ours.len(), theirs.len()), (1, 1), "seed {seed}: requests of the first and of the second");
    match check.request() {
        Some(request) => assert_eq!(request, &ours[0].state.id, "seed {seed}: it follows another's request"),
        None => assert!(requires_manual_action(&check), "seed {seed}: {:?} and {:?}", check.state(), check.refusal()),
    }
    assert_eq!(bench.checks(second)[0].request(), Some(&theirs[0].state.id), "seed {seed}");
    check
}

fn at_least_three_seeds(reach: impl Fn(u64) -> bool) {
    let reached = (0..12).filter(|seed| reach(*seed)).count();
    assert!(reached >= 3, "only {reached} of 12 seeds reached the situation");
}

#[test]
fn what_another_check_holds_does_not_hide_ours_under_a_renamed_position() {
    at_least_three_seeds(|seed| {
        story(async {
            let Some((bench, _, first, second)) = two_of_one_person(seed).await else { return false };
            bench.pass(DAY * 2).await;
            first_is_right(&bench, &first, &second, seed);
            true
        })
    });
}

#[test]
fn a_rejection_after_a_look_up_leaves_no_unknown_open_request() {
    at_least_three_seeds(|seed| {
        story(async {
            let Some((bench, customer, first, second)) = two_of_one_person(seed).await else { return false };
            bench.advance(&customer, &first, "C2").await;
            bench.pass(DAY * 2).await;
            let check = first_is_right(&bench, &first, &second, seed);
            let ours = stage(&bench, &first);
            assert!(check.is_over(), "seed {seed}: {:?}", check.state());
            assert!(
                ours == Stage::Cancelled || requires_manual_action(&check),
                "seed {seed}: shown as {:?} while Crosschq goes on with it",
                check.state()
            );
            true
        })
    });
}

#[tokio::test(start_paused = true)]
async fn two_creates_that_a_look_up_shows_to_have_led_to_nothing_end_the_order_at_once() {
    let (bench, customer, workflow) = Bench::one(
        &BenchOptions { idempotent: false, ..BenchOptions::default() },
        &json!({"crosschq": {"capabilities": {"search": true}}}),
    );
    bench.simulation.crosschq.swallow_creates(2);
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(HOUR).await;
    let check = bench.checks(&workflow).remove(0);
    assert_eq!((check.state(), check.creates.begun), (State::Failed, 2), "{:?}", check.refusal());
    let rows = bench.simulation.icims.flow(&customer, &workflow).rows;
    assert_eq!(rows.iter().map(|row| row.view.result.as_str()).collect::<Vec<_>>(), ["Not sent"]);
    // And it can be ordered again.
    bench.advance(&customer, &workflow, "C0").await;
    bench.pass(Duration::from_secs(300)).await;
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(HOUR).await;
    assert_eq!(bench.checks(&workflow).last().unwrap().state(), State::Requested);
    assert_eq!(bench.simulation.crosschq.requests().len(), 1);
}
