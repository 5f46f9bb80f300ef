//! Answers that never come.

use connector_core::domain::{Lease, Refusal, State};
use connector_core::ports::{Clock, Write};
use sandbox::control::types::Release;
use sandbox::{Fault, FaultKind, Step};
use serde_json::json;
use std::time::Duration;
use testkit::World;

use crate::world;

async fn order(world: &World) {
    world.recruiter().orders(world.ada()).await;
    world.settle().await;
}

fn lost_create(times: u32) -> Fault {
    Fault::new(FaultKind::ReplyLost).on("POST", "*/reference-request/").times(times)
}

#[tokio::test]
async fn a_create_whose_reply_is_lost_is_looked_up_where_crosschq_offers_it() {
    let world = World::with_settings(json!({"crosschq": {"capabilities": {"search": true}, "extensions": true}})).await;
    let crosschq = world.crosschq();
    crosschq.configure(json!({"capabilities": {"search": true}, "callback": {"drop_next": 1000}})).await.unwrap();
    world.crosschq().inject(lost_create(1)).await;
    order(&world).await;
    assert_eq!((world.creates().await, world.requests().await.len()), (1, 1), "looked up, not posted again");
    assert_eq!(world.check(world.ada()).await.unwrap().state(), State::Requested);
}

#[tokio::test]
async fn without_a_look_up_the_create_is_repeated_once_with_the_same_idempotency_key() {
    let world = world().await;
    world.crosschq().inject(lost_create(1)).await;
    order(&world).await;
    assert_eq!(world.requests().await.len(), 1, "the repeat was recognized");
    let check = world.check(world.ada()).await.unwrap();
    assert!(check.creates.begun <= 2);
    assert_eq!(check.state(), State::Requested);
}

#[tokio::test]
async fn where_the_key_means_nothing_the_callback_tells_which_request_is_ours() {
    let world = world().await;
    let crosschq = world.crosschq();
    crosschq.configure(json!({"idempotency": false})).await.unwrap();
    world.crosschq().inject(lost_create(1)).await;
    order(&world).await;
    world.crosschq().calls_back().await;
    world.settle().await;
    let requests = world.requests().await;
    assert_eq!(requests.len(), 1);
    let check = world.check(world.ada()).await.unwrap();
    assert_eq!(check.request().map(|id| id.as_str()), Some(requests[0].id.as_str()));
    world.crosschq().completes(&requests[0].id).await;
    assert_eq!(world.screen(world.ada()).await.row().status.as_deref(), Some("Complete"));
}

#[tokio::test]
async fn there_is_never_a_third_create_and_after_a_day_a_person_is_called() {
    let world = world().await;
    let crosschq = world.crosschq();
    crosschq.configure(json!({"idempotency": false, "callback": {"drop_next": 1000}})).await.unwrap();
    world.crosschq().inject(lost_create(9)).await;
    order(&world).await;
    for _ in 0..30 {
        world.clock.skip(Duration::from_secs(3600));
        world.reconcile().await;
        world.settle().await;
    }
    assert_eq!(world.creates().await, 2);
    let check = world.check(world.ada()).await.unwrap();
    assert_eq!((check.state(), check.refusal()), (State::Failed, Some(&Refusal::OutcomeUnknown)));
    let view = world.screen(world.ada()).await;
    assert!(view.row().notes.as_deref().is_some_and(|note| note.contains("not known")), "{:?}", view.row().notes);
}

#[tokio::test]
async fn a_row_whose_reply_is_lost_is_found_again_and_not_doubled() {
    let world = world().await;
    let lost = Fault::new(FaultKind::ReplyLost).on("POST", "*/fields/assessmentresults").times(1);
    world.icims().inject(lost).await;
    order(&world).await;
    let request = world.requests().await[0].id.clone();
    world.crosschq().completes(&request).await;
    assert_eq!(world.screen(world.ada()).await.row().status.as_deref(), Some("Complete"));
}

#[tokio::test]
async fn an_icims_that_is_down_for_half_an_hour_delays_and_loses_nothing() {
    let world = world().await;
    let down = FaultKind::Status { status: 503, retry_after: None, message: None };
    world.icims().inject(Fault::new(down).on("GET", "*")).await;
    world.recruiter().orders(world.ada()).await;
    world.settle_within(Duration::from_secs(1800)).await;
    assert_eq!(world.creates().await, 0);
    world.control.icims_side().clear_faults().await.unwrap();
    for _ in 0..4 {
        world.clock.skip(Duration::from_secs(900));
        world.reconcile().await;
        world.settle().await;
    }
    assert_eq!(world.requests().await.len(), 1);
    assert_eq!(world.screen(world.ada()).await.row().status.as_deref(), Some("Sent"));
}

#[tokio::test]
async fn an_expired_token_is_fetched_anew_once() {
    let world = world().await;
    order(&world).await;
    let icims = world.icims();
    icims.revoke_tokens().await.unwrap();
    let request = world.requests().await[0].id.clone();
    world.crosschq().completes(&request).await;
    assert_eq!(world.screen(world.ada()).await.row().status.as_deref(), Some("Complete"));
    let tokens = world.control.icims_side().requests("POST", "/oauth/token").await.unwrap().count;
    assert_eq!(tokens, 2);
}

#[tokio::test]
async fn a_look_up_never_takes_over_the_request_of_another_check() {
    let world =
        World::with_settings(json!({"crosschq": {"capabilities": {"search": true}, "extensions": false}})).await;
    let crosschq = world.crosschq();
    crosschq.configure(json!({"capabilities": {"search": true}, "extensions": false})).await.unwrap();
    order(&world).await;
    let first = world.check(world.ada()).await.unwrap().request().cloned().unwrap();
    // The same person on the same requisition once more, and Crosschq's answer to the create is lost.
    let twin = world.icims().ada_applies_again().await;
    world.crosschq().inject(lost_create(1)).await;
    world.recruiter().orders(twin).await;
    world.settle().await;
    let second = world.check(twin).await.unwrap();
    assert_ne!(second.request(), Some(&first), "the callback of one would be shown on the workflow of the other");
}

/// Orders, loses the create's reply, and keeps the callback back: nothing shows yet what became of it.
async fn outcome_unknown(settings: serde_json::Value) -> World {
    let world = World::with_settings(settings).await;
    let crosschq = world.crosschq();
    crosschq.configure(json!({"idempotency": false, "callback": {"hold": true}})).await.unwrap();
    world.crosschq().inject(lost_create(1)).await;
    let icims = world.icims();
    world.recruiter().orders(world.ada()).await;
    world.deliver().await;
    assert_eq!(world.check(world.ada()).await.unwrap().state(), State::OutcomeUnknown);
    icims.configure(json!({"push": {"statuses": []}})).await.unwrap();
    world
}

async fn callback_arrives(world: &World) {
    world.crosschq().release(&Release::default()).await.unwrap();
    world.crosschq().calls_back().await;
    world.settle().await;
}

#[tokio::test]
async fn a_candidate_moved_on_after_a_lost_create_is_not_said_to_have_no_request() {
    let world = outcome_unknown(json!({})).await;
    world.recruiter().moves(world.ada(), "C38370").await;
    world.settle().await;
    let check = world.check(world.ada()).await.unwrap();
    assert_eq!(
        (check.state(), check.refusal()),
        (State::OutcomeUnknown, None),
        "the first create may have led to a request"
    );
    callback_arrives(&world).await;
    let check = world.check(world.ada()).await.unwrap();
    assert_eq!(check.request().map(|id| id.as_str()), Some(world.requests().await[0].id.as_str()));
}

#[tokio::test]
async fn a_callback_is_recognized_though_its_check_had_no_time_to_note_the_template() {
    let world = outcome_unknown(json!({})).await;
    let mut check = world.check(world.ada()).await.unwrap();
    check.subject.template = None;
    assert_eq!(world.checks.save(&mut check, 30).await.unwrap(), Write::Stored);
    callback_arrives(&world).await;
    let check = world.check(world.ada()).await.unwrap();
    assert_eq!((check.state(), check.creates.begun), (State::Requested, 1));
}

#[tokio::test]
async fn a_look_up_that_finds_nothing_lets_a_rejection_end_the_check_at_once() {
    let world = World::with_settings(json!({"crosschq": {"capabilities": {"search": true}}})).await;
    world.crosschq().configure(json!({"capabilities": {"search": true}})).await.unwrap();
    let never_arrived = Fault::new(FaultKind::Reset).on("POST", "*/reference-request/").times(1);
    world.crosschq().inject(never_arrived).await;
    let icims = world.icims();
    world.recruiter().orders(world.ada()).await;
    world.deliver().await;
    icims.configure(json!({"push": {"statuses": []}})).await.unwrap();
    world.recruiter().rejects(world.ada()).await;
    world.settle().await;
    let check = world.check(world.ada()).await.unwrap();
    assert_eq!((check.state(), check.is_cancel_unconfirmed()), (State::Cancelled, false));
    assert_eq!(world.requests().await.len(), 0);
}

#[tokio::test]
async fn a_callback_that_nobody_knows_is_waited_for_and_let_go_but_not_buried() {
    let world = world().await;
    let stranger = json!({"id": "6b1f0000-0000-4000-8000-000000000000"});
    world.crosschq().send_raw(&stranger).await.unwrap();
    world.crosschq().calls_back().await;
    world.settle_within(Duration::from_secs(14 * 60)).await;
    let waiting = world.pipe.waiting();
    assert_eq!(waiting.len(), 1, "its create may yet be recorded");
    assert!(waiting[0].receives <= 5, "{} receives", waiting[0].receives);
    world.settle().await;
    assert!(world.pipe.waiting().is_empty() && world.pipe.dead().is_empty());
}

#[tokio::test]
async fn a_writer_that_died_costs_an_update_few_of_its_receives() {
    let world = world().await;
    order(&world).await;
    let mut check = world.check(world.ada()).await.unwrap();
    check.sync.lease = Some(Lease { until: world.clock.now().after(Duration::from_secs(30)) });
    check.sync.digest = None;
    assert_eq!(world.checks.save(&mut check, 30).await.unwrap(), Write::Stored);
    world.crosschq().step(check.request().unwrap().as_str(), &Step::Callback).await.unwrap();
    world.crosschq().calls_back().await;
    let mut receives = 0;
    while let Some(at) = world.pipe.next_visible() {
        world.clock.skip(at.since(world.clock.now()) + Duration::from_millis(1));
        world.deliver().await;
        receives += 1;
    }
    assert!((2..=5).contains(&receives), "{receives}");
    assert!(world.check(world.ada()).await.unwrap().sync.digest.is_some());
}
