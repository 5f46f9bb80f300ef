//! What the histories found of our moves of a workflow, one story each: these keep the bugs dead.

use connector_core::domain::{CustomerId, HistoryEvent, Stage, State, StatusId, WorkflowId};
use serde_json::json;
use testkit::fakes::{Bench, BenchOptions, HOUR, Kind, MINUTE, SECOND, story};

/// Each call of iCIMS arrives after a second and is answered after another.
fn steady(seed: u64) -> Bench {
    Bench::start(&BenchOptions { seed, icims_ms: (1_000, 1_000), ..BenchOptions::default() })
}

/// Orders, and comes back in the middle between our look at the workflow and our move of it.
async fn between_look_and_move(bench: &Bench) -> (CustomerId, WorkflowId) {
    let customer = bench.customer("1", &json!({"icims": {"stage_statuses": {"requested": "C11"}}}));
    let workflow = bench.candidate(&customer, 1);
    bench.advance(&customer, &workflow, "C1").await;
    while bench.simulation.icims.flow(&customer, &workflow).rows.is_empty() {
        bench.pass(SECOND / 100).await;
    }
    // The row is answered after one second, the look arrives after two and is answered after three; the move follows.
    bench.pass(2 * SECOND + SECOND / 2).await;
    (customer, workflow)
}

fn rejected(bench: &Bench, customer: &CustomerId, workflow: &WorkflowId, seed: u64) {
    let status = bench.simulation.icims.flow(customer, workflow).status;
    assert_eq!(status, StatusId::parse("C2").ok(), "seed {seed}: the candidate stays where the recruiter put them");
    assert_eq!(bench.checks(workflow)[0].state(), State::Cancelled, "seed {seed}");
    assert_eq!(bench.simulation.crosschq.requests()[0].state.stage, Stage::Cancelled, "seed {seed}");
}

#[tokio::test(start_paused = true)]
async fn a_rejection_between_our_look_and_our_move_is_put_back_and_followed() {
    let bench = steady(1);
    let (customer, workflow) = between_look_and_move(&bench).await;
    bench.advance(&customer, &workflow, "C2").await;
    bench.pass(10 * MINUTE).await;
    rejected(&bench, &customer, &workflow, 1);
    let recorded = bench.checks(&workflow)[0]
        .history()
        .iter()
        .any(|entry| matches!(entry.event, HistoryEvent::StatusRestored { .. }));
    assert!(recorded, "the history says so");
}

#[test]
fn it_is_put_back_also_if_the_reply_to_our_move_is_lost() {
    for seed in 0..6 {
        story(async {
            let bench = steady(seed);
            let (customer, workflow) = between_look_and_move(&bench).await;
            bench.icims_fails(Kind::LosesReplies, SECOND);
            bench.advance(&customer, &workflow, "C2").await;
            bench.pass(2 * HOUR).await;
            rejected(&bench, &customer, &workflow, seed);
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_move_of_a_finished_check_does_not_hide_the_next_order() {
    let bench = Bench::start(&BenchOptions::default());
    let settings = json!({"icims": {"find_missed_pushes": {}, "stage_statuses": {"completed": "C12"}}});
    let customer = bench.customer("1", &settings);
    let workflow = bench.candidate(&customer, 1);
    bench.pass(HOUR).await;
    bench.advance(&customer, &workflow, "C1").await;
    bench.pass(HOUR).await;
    bench.icims_fails(Kind::Down, HOUR);
    let first = bench.checks(&workflow)[0].request().cloned().unwrap();
    bench.simulation.crosschq.step(&first, Stage::Completed);
    bench.pass(HOUR / 2).await;
    // Ordered again while the first one's result cannot be shown, and no event comes.
    bench.simulation.icims.advance(&customer, &workflow, &StatusId::parse("C1").unwrap());
    bench.pass(5 * HOUR).await;
    let states: Vec<State> = bench.checks(&workflow).iter().map(|check| check.state()).collect();
    assert_eq!(states, [State::Completed, State::Requested]);
}
