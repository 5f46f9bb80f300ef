//! Requests that bear our id while no check is known to hold them: recognized, or written down and reported.

use std::time::Duration;

use connector_core::domain::{Check, HistoryEvent, Lease, RequestId, State};
use connector_core::ports::{Clock as _, Write};
use serde_json::json;
use testkit::World;

use crate::twice::{callbacks_arrive, created_twice, order};

async fn check(world: &World) -> Check {
    world.check(world.ada()).await.unwrap()
}

async fn reject(world: &World) {
    world.recruiter().rejects(world.ada()).await;
    world.settle().await;
}

async fn open_at_crosschq(world: &World) -> usize {
    world.requests().await.iter().filter(|request| request.cancel_reason.is_none()).count()
}

fn recorded(check: &Check) -> Vec<&RequestId> {
    let second = check.history().iter().filter_map(|entry| match &entry.event {
        HistoryEvent::DuplicateRequest { request } => Some(request),
        _ => None,
    });
    second.collect()
}

#[tokio::test]
async fn a_second_request_is_written_into_the_history_once_and_the_check_goes_on_with_its_own() {
    let (world, followed, stray) = created_twice().await;
    callbacks_arrive(&world).await;
    for _ in 0..2 {
        let crosschq = world.crosschq();
        crosschq.step(stray.as_str(), &sandbox::Step::CandidateOpens).await.unwrap();
        callbacks_arrive(&world).await;
    }
    let check = check(&world).await;
    assert_eq!(recorded(&check), [&stray]);
    assert_eq!((check.request(), check.state()), (Some(&followed), State::Requested));
    assert!(world.pipe.waiting().is_empty() && world.pipe.dead().is_empty());
}

#[tokio::test]
async fn a_rejection_cancels_a_second_request_that_is_known() {
    let (world, _, stray) = created_twice().await;
    callbacks_arrive(&world).await;
    assert_eq!(recorded(&check(&world).await), [&stray]);
    reject(&world).await;
    assert_eq!((check(&world).await.state(), open_at_crosschq(&world).await), (State::Cancelled, 0));
}

#[tokio::test]
async fn a_second_request_that_becomes_known_after_the_rejection_is_cancelled_then() {
    let (world, _, stray) = created_twice().await;
    reject(&world).await;
    assert_eq!((check(&world).await.state(), open_at_crosschq(&world).await), (State::Cancelled, 1));
    callbacks_arrive(&world).await;
    assert_eq!(recorded(&check(&world).await), [&stray]);
    assert_eq!(open_at_crosschq(&world).await, 0);
}

/// As if the requester had died between its create and any record of it: its claim stands, and its order is never seen
/// again.
async fn died_after_the_create(lease: Duration) -> World {
    let world = order(json!({"crosschq": {"extensions": true}}), json!({})).await;
    let mut check = check(&world).await;
    let mut stored = serde_json::to_value(&check).unwrap();
    let creating = &mut stored["phase"]["creating"];
    creating["outcome"] = json!("pending");
    creating["lease"] = json!(Lease { until: world.clock.now().after(lease) });
    check = serde_json::from_value(stored).unwrap();
    assert_eq!(world.checks.save(&mut check, 30).await.unwrap(), Write::Stored);
    world.clock.skip(Duration::from_secs(60));
    assert_eq!(world.pipe.take("reference-requests").len(), 1);
    world
}

async fn recognized(world: &World) {
    let check = check(world).await;
    assert_eq!((check.state(), world.creates().await), (State::Requested, 1));
    let request = check.request().unwrap();
    assert_eq!(request.as_str(), world.requests().await[0].id);
    assert!(check.history().iter().any(|entry| entry.event == HistoryEvent::Adopted { request: request.clone() }));
}

#[tokio::test]
async fn a_request_that_bears_our_id_is_recognized_though_its_creator_died_before_recording_anything() {
    let world = died_after_the_create(Duration::from_secs(30)).await;
    callbacks_arrive(&world).await;
    recognized(&world).await;
}

#[tokio::test]
async fn a_callback_is_not_let_go_while_another_delivery_carries_its_order_out() {
    let world = died_after_the_create(Duration::from_secs(21 * 60)).await;
    callbacks_arrive(&world).await;
    recognized(&world).await;
}
