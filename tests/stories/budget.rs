//! How many calls an order costs (docs/guarantees.md), once the functions' processes are warm.

use std::collections::BTreeMap;

use local::aws::Call;
use sandbox::Step;
use testkit::World;

use crate::world;

/// Counts from nothing again.
async fn start_counting(world: &World) {
    let url = format!("{}/__local/calls", world.aws.endpoint_url());
    assert!(reqwest::Client::new().delete(url).send().await.unwrap().status().is_success());
}

/// What a function called since then: on tables, and on queues.
fn calls_of(world: &World, function: &str) -> (u64, u64) {
    let mut calls: BTreeMap<Call, u64> = world.aws.allowed();
    calls.retain(|call, _| call.caller == function);
    let of = |service: &str| {
        calls.iter().filter(|(call, _)| call.action.starts_with(service)).map(|(_, count)| count).sum::<u64>()
    };
    let (tables, queues) = (of("dynamodb:"), of("sqs:"));
    assert_eq!(tables + queues, calls.values().sum::<u64>(), "{function} called something else: {calls:?}");
    (tables, queues)
}

#[tokio::test]
async fn a_warm_order_costs_one_read_and_its_message_then_three_writes_and_its_message() {
    let world = world().await;
    world.recruiter().orders(world.ada()).await;
    world.settle().await;
    world.crosschq().calls_back().await;
    world.settle().await;

    start_counting(&world).await;
    world.recruiter().orders(world.grace()).await;
    assert_eq!(calls_of(&world, "icims-webhook"), (1, 1));
    world.deliver_from("reference-requests").await;
    // The claim, the count of the create right before it leaves, and the request.
    assert_eq!(calls_of(&world, "reference-requester"), (3, 1));
    world.crosschq().calls_back().await;
    world.settle().await;

    let request = world.requests().await.last().unwrap().id.clone();
    start_counting(&world).await;
    world.crosschq().step(&request, &Step::CandidateOpens).await.unwrap();
    world.crosschq().calls_back().await;
    assert_eq!(calls_of(&world, "crosschq-callback"), (0, 1));
    world.settle().await;
    let (tables, queues) = calls_of(&world, "icims-updater");
    assert!(tables <= 3 && queues == 0, "updater: {tables} on tables, {queues} on queues");
}

#[tokio::test]
async fn an_ignored_event_costs_nothing() {
    let world = world().await;
    let icims = world.icims();
    icims.configure(serde_json::json!({"push": {"statuses": null}})).await.unwrap();
    world.recruiter().moves(world.ada(), &world.demo.complete_status).await;
    start_counting(&world).await;
    let moved = world.recruiter().moves_back(world.ada()).await;
    assert_eq!(moved.pushes[0].status, Some(200));
    assert!(world.aws.allowed().is_empty(), "{:?}", world.aws.allowed());
}

#[tokio::test]
async fn a_stranger_who_names_unknown_customers_costs_no_read_of_a_secret() {
    let world = world().await;
    start_counting(&world).await;
    let client = reqwest::Client::new();
    let event = serde_json::json!({"customerId": "999", "eventType": "WorkFlowStatusChangeEvent", "systemId": "1", "newStatus": "2"});
    let pushed = client.post(format!("{}/icims/events", world.place.api)).json(&event).send().await.unwrap();
    let form = [("grant_type", "client_credentials"), ("client_id", "998.x"), ("client_secret", "y")];
    let token = client.post(format!("{}/icims/oauth/token", world.place.api)).form(&form).send().await.unwrap();
    let called = client.post(format!("{}/crosschq/callbacks/997/x", world.place.api)).body("{}").send().await.unwrap();
    assert_eq!([pushed.status(), token.status(), called.status()].map(|status| status.as_u16()), [401, 401, 404]);
    let calls = world.aws.allowed();
    assert!(calls.keys().all(|call| call.action == "dynamodb:Query"), "{calls:?}");
    assert_eq!(calls.values().sum::<u64>(), 3, "{calls:?}");
}
