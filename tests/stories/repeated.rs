//! Everything may come twice, late, or in another order.

use std::time::Duration;

use connector_core::domain::{Actor, CorrelationId, Lease, Stamp, State};
use connector_core::ports::Write;
use sandbox::Step;
use sandbox::control::types::Release;
use serde_json::json;

use crate::world;

#[tokio::test]
async fn a_second_status_event_creates_no_second_request_and_shows_no_error() {
    let world = world().await;
    let icims = world.icims();
    icims.configure(json!({"push": {"duplicates": 2}})).await.unwrap();
    let moved = world.recruiter().orders(world.ada()).await;
    assert_eq!((moved.pushes.len(), moved.recruiter_sees()), (3, None));
    world.settle().await;
    assert_eq!(world.creates().await, 1);
    world.screen(world.ada()).await.row();
}

#[tokio::test]
async fn events_at_the_same_moment_create_one_request() {
    let world = world().await;
    let icims = world.icims();
    icims.configure(json!({"push": {"duplicates": 4, "duplicates_at_once": true}})).await.unwrap();
    world.recruiter().orders(world.ada()).await;
    world.settle().await;
    assert_eq!(world.creates().await, 1);
}

#[tokio::test]
async fn a_second_order_while_one_is_open_is_refused_in_a_readable_sentence() {
    let world = world().await;
    world.ordered().await;
    world.clock.skip(Duration::from_secs(300));
    let again = world.recruiter().orders(world.ada()).await;
    assert!(again.recruiter_sees().unwrap().contains("already open"), "{:?}", again.recruiter_sees());
    world.settle().await;
    assert_eq!(world.creates().await, 1);
}

#[tokio::test]
async fn a_redelivered_order_creates_no_second_request() {
    let world = world().await;
    world.recruiter().orders(world.ada()).await;
    let orders = world.pipe.take("reference-requests");
    assert_eq!(orders.len(), 1);
    for _ in 0..3 {
        world.deliver_batch("reference-requests", orders.clone()).await;
    }
    // Two deliveries in one batch run at the same time.
    world.deliver_batch("reference-requests", [orders.clone(), orders].concat()).await;
    world.settle().await;
    assert_eq!(world.creates().await, 1);
    world.screen(world.ada()).await.row();
}

#[tokio::test]
async fn duplicate_callbacks_write_one_row_and_change_nothing_twice() {
    let world = world().await;
    world.crosschq().configure(json!({"callback": {"duplicates": 3}})).await.unwrap();
    let request = world.ordered().await;
    world.crosschq().completes(&request).await;
    let writes = world.control.icims_side().requests("PATCH", "*/fields/assessmentresults/*").await.unwrap().count;
    let last = world.crosschq().callbacks().await.unwrap().len() as u64;
    world.crosschq().send_again(last).await.unwrap();
    world.crosschq().calls_back().await;
    world.settle().await;
    let after = world.control.icims_side().requests("PATCH", "*/fields/assessmentresults/*").await.unwrap().count;
    assert_eq!(after, writes, "the same picture is not painted twice");
    assert_eq!(world.screen(world.ada()).await.row().status.as_deref(), Some("Complete"));
}

#[tokio::test]
async fn callbacks_in_the_opposite_order_end_in_the_same_picture() {
    let world = world().await;
    let crosschq = world.crosschq();
    crosschq.configure(json!({"callback": {"hold": true}})).await.unwrap();
    let request = world.ordered().await;
    crosschq.step(&request, &Step::CandidateOpens).await.unwrap();
    crosschq.step(&request, &Step::CompleteAll).await.unwrap();
    crosschq.release(&Release { reverse: true, ..Release::default() }).await.unwrap();
    world.crosschq().calls_back().await;
    world.settle().await;
    let view = world.screen(world.ada()).await;
    assert_eq!(view.row().status.as_deref(), Some("Complete"));
    assert_eq!(view.status.id, world.demo.complete_status);
}

#[tokio::test]
async fn without_any_callback_the_schedule_finds_what_changed() {
    let world = world().await;
    let crosschq = world.crosschq();
    crosschq.configure(json!({"callback": {"drop_next": 1000}})).await.unwrap();
    let request = world.ordered().await;
    crosschq.step(&request, &Step::CompleteAll).await.unwrap();
    world.clock.skip(Duration::from_secs(7 * 3600));
    assert_eq!(world.reconcile().await.enqueued, 1);
    world.settle().await;
    assert_eq!(world.check(world.ada()).await.unwrap().state(), State::Completed);
    assert_eq!(world.screen(world.ada()).await.row().status.as_deref(), Some("Complete"));
}

#[tokio::test]
async fn after_an_end_the_recruiter_may_order_again_and_gets_a_second_row() {
    let world = world().await;
    let request = world.ordered().await;
    world.crosschq().steps(&request, Step::Decline).await;
    world.clock.skip(Duration::from_secs(300));
    world.recruiter().moves_back(world.ada()).await;
    world.recruiter().orders(world.ada()).await;
    world.settle().await;
    assert_eq!(world.requests().await.len(), 2);
    let check = world.check(world.ada()).await.unwrap();
    assert_eq!((check.key.attempt, check.state()), (2, State::Requested));
    assert_eq!(world.screen(world.ada()).await.results.len(), 2);
}

#[tokio::test]
async fn two_deliveries_that_write_the_same_are_not_taken_for_one() {
    let world = world().await;
    world.ordered().await;
    let mut one = world.check(world.ada()).await.unwrap();
    let mut other = one.clone();
    // As two processes would that take the same message over within a millisecond.
    let now = one.timing.updated_at;
    for check in [&mut one, &mut other] {
        let stamp = Stamp { by: Actor::Requester, cause: &CorrelationId::untraced(), now };
        check.take_over(Lease { until: now.after(Duration::from_secs(30)) }, &stamp);
    }
    assert_eq!(world.checks.save(&mut one, 30).await.unwrap(), Write::Stored);
    assert!(matches!(world.checks.save(&mut other, 30).await.unwrap(), Write::Conflict(_)));
}
