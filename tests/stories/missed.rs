//! Pushes that never come, found by asking iCIMS; and what that may cost.

use std::collections::BTreeSet;
use std::time::Duration;

use connector_core::domain::{MAX_CALLS_PER_SCAN, State};
use sandbox::control::types::Quota;
use sandbox::{ProfileType, Step};
use serde_json::json;
use testkit::{World, WorldOptions};

const LOOK: Duration = Duration::from_secs(31 * 60);

/// A customer that opted in a while ago.
async fn opted_in() -> World {
    opted_in_with(json!({})).await
}

async fn opted_in_with(how: serde_json::Value) -> World {
    let settings = Some(json!({"icims": {"find_missed_pushes": how}}));
    let world = World::begin(WorldOptions { settings, ..WorldOptions::default() }).await;
    let first = world.search().await;
    assert_eq!((first.scans, first.calls), (0, 0), "the first time only remembers when it began");
    world.pass(Duration::from_secs(60 * 60)).await;
    world
}

/// A recruiter moves a candidate, and the push gets lost.
async fn move_untold(world: &World, workflow: u64, status: &str) {
    let icims = world.icims();
    icims.configure(json!({"push": {"drop_next": 1}})).await.unwrap();
    world.recruiter().moves(workflow, status).await;
    assert_eq!(icims.settings().await.unwrap().push.drop_next, 0, "the push is lost");
}

/// Calls to iCIMS so far, as iCIMS counted them.
async fn used(world: &World) -> u64 {
    let side = world.control.icims_side();
    let mut calls = 0;
    for method in ["GET", "POST", "PATCH"] {
        calls += side.requests(method, "/customers/*").await.unwrap().count as u64;
    }
    calls
}

/// Another candidate in a status, as far as iCIMS is concerned.
async fn another(world: &World, status: &str) -> u64 {
    let icims = world.icims();
    let fields = json!({"baseprofile": world.demo.job, "associatedprofile": world.demo.complete.person,
        "status": {"id": world.demo.new_status}});
    let workflow = icims.create(ProfileType::ApplicantWorkflows, fields).await.unwrap();
    move_untold(world, workflow, status).await;
    workflow
}

#[tokio::test]
async fn an_order_whose_push_never_came_is_found_and_ends_in_exactly_one_request() {
    let world = opted_in().await;
    let workflow = world.ada();
    move_untold(&world, workflow, &world.demo.trigger_status).await;
    world.settle().await;
    assert_eq!(world.creates().await, 0, "nobody was told");
    world.pass(LOOK).await;
    assert_eq!(world.search().await.orders, 1);
    world.settle().await;
    assert_eq!(world.screen(workflow).await.row().status.as_deref(), Some("Sent"));
    let acting = world.check(workflow).await.unwrap().subject.acting_user.unwrap();
    assert_eq!(acting.as_str(), world.demo.recruiter.to_string(), "who moved the candidate is in iCIMS' log");

    for _ in 0..6 {
        world.pass(LOOK).await;
        assert_eq!(world.search().await.orders, 0);
        world.settle().await;
    }
    world.crosschq().completes(&world.requests().await[0].id).await;
    world.pass(LOOK).await;
    assert_eq!(world.search().await.orders, 0, "finished is not missed");
    assert_eq!((world.creates().await, world.requests().await.len()), (1, 1));
}

#[tokio::test]
async fn a_rejection_whose_push_was_lost_cancels() {
    let world = opted_in().await;
    world.ordered().await;
    let workflow = world.ada();
    move_untold(&world, workflow, &world.demo.rejected_status).await;
    world.pass(LOOK).await;
    let found = world.search().await;
    assert_eq!((found.cancellations, found.orders, found.calls), (1, 0, 2), "two searches and nothing else");
    world.settle().await;
    assert_eq!(world.check(workflow).await.unwrap().state(), State::Cancelled);
    assert_eq!(world.screen(workflow).await.row().status.as_deref(), Some("Incomplete"));
    world.pass(LOOK).await;
    assert_eq!(world.search().await.cancellations, 0, "cancelled once");
}

#[tokio::test]
async fn a_push_and_a_look_lead_to_one_check_and_one_request() {
    let world = opted_in().await;
    let workflow = world.ada();
    world.recruiter().orders(workflow).await;
    assert_eq!(world.pipe.waiting().len(), 1, "the push's order waits in its queue");
    world.pass(LOOK).await;
    assert_eq!(world.search().await.orders, 1, "the look finds no check yet");
    let attempts: BTreeSet<String> = world
        .pipe
        .waiting()
        .iter()
        .map(|waiting| serde_json::from_str::<serde_json::Value>(&waiting.body).unwrap()["attempt"].to_string())
        .collect();
    assert_eq!((world.pipe.waiting().len(), attempts), (2, BTreeSet::from(["1".to_owned()])));
    // Both in one batch, at the same moment.
    world.settle().await;
    assert_eq!((world.creates().await, world.requests().await.len()), (1, 1));
    assert_eq!(world.check(workflow).await.unwrap().key.attempt, 1);
    world.screen(workflow).await.row();
}

#[tokio::test]
async fn a_customer_that_did_not_opt_in_costs_no_call() {
    let world = World::begin(WorldOptions::default()).await;
    move_untold(&world, world.ada(), &world.demo.trigger_status).await;
    let before = used(&world).await;
    for _ in 0..5 {
        world.pass(LOOK).await;
        let searched = world.search().await;
        assert_eq!((searched.scans, searched.calls), (0, 0));
    }
    assert_eq!(used(&world).await, before);
    assert!(world.pipe.all_bodies().is_empty());
}

#[tokio::test]
async fn who_sat_in_the_status_before_the_customer_opted_in_orders_nothing() {
    let settings = Some(json!({"icims": {"find_missed_pushes": {}}}));
    let world = World::begin(WorldOptions { settings, ..WorldOptions::default() }).await;
    let workflow = world.ada();
    move_untold(&world, workflow, &world.demo.trigger_status).await;
    world.pass(Duration::from_secs(120)).await;
    world.search().await;
    world.pass(Duration::from_secs(3600)).await;
    // Something else about the candidate changes: the search finds the workflow now.
    let icims = world.icims();
    icims.edit(ProfileType::ApplicantWorkflows, workflow, json!({"source": "Career fair"})).await.unwrap();
    let searched = world.search().await;
    assert_eq!((searched.orders, searched.calls), (0, 3), "found, read, and left alone");
    world.settle().await;
    assert_eq!(world.creates().await, 0);
}

#[tokio::test]
async fn a_look_makes_a_bounded_number_of_calls_and_the_next_run_goes_on_with_it() {
    let world = opted_in().await;
    let mut wanted = BTreeSet::new();
    for _ in 0..60 {
        wanted.insert(another(&world, &world.demo.trigger_status).await.to_string());
    }
    world.pass(LOOK).await;
    let (mut orders, mut runs) = (0, 0);
    while orders < 60 {
        let before = used(&world).await;
        let searched = world.search().await;
        assert!(searched.calls <= MAX_CALLS_PER_SCAN && searched.calls > 0, "{searched:?}");
        assert_eq!(used(&world).await - before, u64::from(searched.calls), "what it says is what iCIMS counted");
        orders += searched.orders;
        runs += 1;
        assert!(runs <= 4, "{orders} of 60 after {runs} runs");
        world.pass(Duration::from_secs(300)).await;
    }
    let found = world.pipe.waiting().into_iter().map(|waiting| {
        let order: serde_json::Value = serde_json::from_str(&waiting.body).unwrap();
        order["workflow"].as_str().unwrap().to_owned()
    });
    assert_eq!(found.collect::<BTreeSet<_>>(), wanted);
    println!("missed=60 runs={runs} calls_a_look<={MAX_CALLS_PER_SCAN}");
}

#[tokio::test]
async fn a_days_calls_are_the_customers_own_bound() {
    let world = opted_in_with(json!({"calls_a_day": 10})).await;
    for _ in 0..15 {
        another(&world, &world.demo.trigger_status).await;
    }
    let before = used(&world).await;
    for _ in 0..6 {
        world.pass(LOOK).await;
        world.search().await;
    }
    let spent = used(&world).await - before;
    // The story may cross midnight once.
    assert!((10..=20).contains(&spent), "{spent} calls");
}

#[tokio::test]
async fn a_look_leaves_the_quotas_reserve_to_live_orders() {
    let world = opted_in().await;
    let icims = world.icims();
    move_untold(&world, world.ada(), &world.demo.trigger_status).await;
    world.pass(LOOK).await;
    icims.set_quota(&Quota { limit: 10_000, used: 8_000 }).await.unwrap();
    let searched = world.search().await;
    assert_eq!((searched.calls, searched.orders), (1, 0), "the first answer tells that only the reserve is left");
    world.pass(LOOK).await;
    assert_eq!(world.search().await.calls, 0);
    world.recruiter().orders(world.grace()).await;
    world.settle().await;
    assert_eq!(world.requests().await.len(), 1, "a live order goes on");
    assert!(world.pipe.dead().is_empty());
}

#[tokio::test]
async fn what_only_the_schedule_asks_waits_for_the_reset_and_what_a_callback_tells_does_not() {
    let world = World::begin(WorldOptions::default()).await;
    let icims = world.icims();
    let crosschq = world.crosschq();
    let workflow = world.ada();
    let request = world.ordered().await;
    // A second order's row shows the updater how little is left.
    icims.set_quota(&Quota { limit: 10_000, used: 8_500 }).await.unwrap();
    world.recruiter().orders(world.grace()).await;
    world.settle().await;
    world.crosschq().calls_back().await;
    world.settle().await;

    crosschq.configure(json!({"callback": {"drop_next": 1}})).await.unwrap();
    crosschq.step(&request, &Step::CandidateOpens).await.unwrap();
    world.crosschq().calls_back().await;
    world.clock.skip(Duration::from_secs(7 * 3600));
    assert!(world.reconcile().await.enqueued >= 1);
    let before = used(&world).await;
    world.settle().await;
    assert_eq!(used(&world).await, before, "the reserve is not touched");
    let check = world.check(workflow).await.unwrap();
    assert_eq!(check.state(), State::CandidateInProgress, "what Crosschq told is kept");
    assert!(check.timing.due_at.is_some() && check.sync.digest.is_some(), "and shown later");
    assert_eq!(world.screen(workflow).await.row().status.as_deref(), Some("Sent"));
    assert!(world.pipe.waiting().is_empty() && world.pipe.dead().is_empty(), "its record ended well");

    world.crosschq().completes(&request).await;
    assert_eq!(world.screen(workflow).await.row().status.as_deref(), Some("Complete"));
}
