//! How many calls an order costs (design §7), once its processes are warm.

use std::collections::BTreeMap;

use sandbox::Step;
use stories::World;

use crate::{wait_for_callbacks, world};

async fn aws_calls(world: &World, method: reqwest::Method) -> BTreeMap<String, u64> {
    let url = format!("{}/__local/calls", world.aws.endpoint_url());
    reqwest::Client::new().request(method, url).send().await.unwrap().json().await.unwrap_or_default()
}

fn dynamodb(calls: &BTreeMap<String, u64>) -> u64 {
    calls.iter().filter(|(target, _)| target.starts_with("DynamoDB")).map(|(_, count)| count).sum()
}

fn total(calls: &BTreeMap<String, u64>) -> u64 {
    calls.values().sum()
}

#[tokio::test]
async fn a_warm_order_costs_one_read_and_its_message_then_two_writes_and_its_message() {
    let world = world().await;
    let icims = world.control.icims(&world.demo.customer);
    icims.advance(world.demo.complete.workflow, &world.demo.trigger_status).await.unwrap();
    world.settle().await;

    aws_calls(&world, reqwest::Method::DELETE).await;
    icims.advance(world.demo.rejected.workflow, &world.demo.trigger_status).await.unwrap();
    let ingest = aws_calls(&world, reqwest::Method::GET).await;
    assert_eq!((dynamodb(&ingest), total(&ingest)), (1, 2), "ingest: {ingest:?}");

    let orders = world.pipe.take("reference-requests");
    world.deliver_batch("reference-requests", orders).await;
    let requested = aws_calls(&world, reqwest::Method::GET).await;
    let writes = dynamodb(&requested) - dynamodb(&ingest);
    assert_eq!((writes, total(&requested) - total(&ingest)), (2, 3), "requester: {requested:?}");
    wait_for_callbacks(&world).await;
    world.settle().await;

    let request = world.requests().await.last().unwrap().id.clone();
    aws_calls(&world, reqwest::Method::DELETE).await;
    world.control.crosschq(&world.demo.org).step(&request, &Step::CandidateOpens).await.unwrap();
    wait_for_callbacks(&world).await;
    let callback = aws_calls(&world, reqwest::Method::GET).await;
    assert_eq!((dynamodb(&callback), total(&callback)), (0, 1), "callback: {callback:?}");
    world.settle().await;
    let updated = aws_calls(&world, reqwest::Method::GET).await;
    assert!(total(&updated) - total(&callback) <= 3, "updater: {updated:?}");
}

#[tokio::test]
async fn an_ignored_event_costs_nothing() {
    let world = world().await;
    let icims = world.control.icims(&world.demo.customer);
    icims.configure(serde_json::json!({"push": {"statuses": null}})).await.unwrap();
    icims.advance(world.demo.complete.workflow, &world.demo.complete_status).await.unwrap();
    aws_calls(&world, reqwest::Method::DELETE).await;
    let moved = icims.advance(world.demo.complete.workflow, &world.demo.new_status).await.unwrap();
    assert_eq!(moved.pushes[0].status, Some(200));
    assert_eq!(total(&aws_calls(&world, reqwest::Method::GET).await), 0);
}
