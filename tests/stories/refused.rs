//! Orders that cannot work: one readable sentence, and nothing half-done.

use connector_core::domain::State;
use sandbox::{Fault, FaultKind, ProfileType};
use serde_json::json;

use crate::world;

async fn order(world: &testkit::World, workflow: u64) -> Option<String> {
    let moved = world.recruiter().orders(workflow).await;
    world.settle().await;
    moved.recruiter_sees().map(str::to_owned)
}

#[tokio::test]
async fn a_candidate_without_email_is_refused_at_once_and_nothing_is_sent() {
    let world = world().await;
    let sees = order(&world, world.without_email()).await.unwrap();
    assert!(sees.contains("e-mail address"), "{sees}");
    assert_eq!(world.creates().await, 0);
    assert!(world.check(world.without_email()).await.is_none());
}

#[tokio::test]
async fn once_the_email_is_there_the_same_move_works() {
    let world = world().await;
    order(&world, world.without_email()).await.unwrap();
    let icims = world.icims();
    icims
        .edit(ProfileType::People, world.demo.without_email.person, json!({"email": "now@example.com"}))
        .await
        .unwrap();
    world.recruiter().moves_back(world.without_email()).await;
    assert_eq!(order(&world, world.without_email()).await, None);
    assert_eq!(world.requests().await.len(), 1);
}

#[tokio::test]
async fn a_requisition_without_a_known_template_is_refused_and_names_the_field() {
    let world = world().await;
    let icims = world.icims();
    icims.edit(ProfileType::Jobs, world.demo.job, json!({"assessmenttype": null})).await.unwrap();
    let sees = order(&world, world.ada()).await.unwrap();
    assert!(sees.contains("assessmenttype"), "{sees}");
    assert_eq!(world.creates().await, 0);
}

#[tokio::test]
async fn while_icims_is_slow_the_order_is_accepted_and_a_later_refusal_is_a_note_on_the_workflow() {
    let world = world().await;
    let slow = Fault::new(FaultKind::Latency { ms: 3_000, after: false }).on("GET", "*/people/*").times(1);
    world.icims().inject(slow).await;
    assert_eq!(order(&world, world.without_email()).await, None);
    let check = world.check(world.without_email()).await.unwrap();
    assert_eq!((check.state(), world.creates().await), (State::Failed, 0));
    let view = world.screen(world.without_email()).await;
    assert_eq!(view.row().result.as_deref(), Some("Not sent"));
    assert!(view.row().notes.as_deref().is_some_and(|note| note.contains("e-mail address")), "{:?}", view.row().notes);
}

#[tokio::test]
async fn an_open_request_that_is_not_ours_is_told_and_left_alone() {
    let world = world().await;
    order(&world, world.ada()).await;
    // The same person on the same requisition once more: Crosschq already holds a request for them.
    let twin = world.icims().ada_applies_again().await;
    assert_eq!(order(&world, twin).await, None);
    assert_eq!(world.requests().await.len(), 1);
    let view = world.screen(twin).await;
    assert!(view.row().notes.as_deref().is_some_and(|note| note.contains("already has an open request")));
}

#[tokio::test]
async fn an_event_type_that_is_not_for_us_is_answered_and_ignored() {
    let world = world().await;
    let pushed = world
        .icims()
        .push_event(&serde_json::from_value(json!({"event_type": "AssessmentEvent"})).unwrap())
        .await
        .unwrap();
    assert_eq!(pushed[0].status, Some(200));
    assert!(world.pipe.all_bodies().is_empty());
}

#[tokio::test]
async fn while_we_cannot_accept_the_recruiter_is_asked_to_try_again_and_then_it_works() {
    let world = world().await;
    let faults = format!("{}/__local/faults", world.aws.endpoint_url());
    let fault = json!({"target": "DynamoDB_20120810.Query", "kind": "error500", "times": 50});
    reqwest::Client::new().post(&faults).json(&fault).send().await.unwrap();
    let moved = world.recruiter().orders(world.ada()).await;
    assert_eq!(moved.pushes[0].status, Some(503));
    assert!(moved.recruiter_sees().is_some_and(|text| text.contains("again")), "{:?}", moved.recruiter_sees());
    assert!(world.pipe.all_bodies().is_empty());
    reqwest::Client::new().delete(&faults).send().await.unwrap();
    world.recruiter().moves_back(world.ada()).await;
    assert_eq!(order(&world, world.ada()).await, None);
    assert_eq!(world.requests().await.len(), 1);
}
