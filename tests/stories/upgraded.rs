//! Functions of this release beside those of the release after, on the same table and queues.

use std::time::Duration;

use connector_core::domain::{HistoryEvent, SCHEMA, State};
use local::aws_call::{AwsCalls, Service};
use sandbox::Step;
use serde_json::{Value, json};
use testkit::World;

use crate::world;

/// The release after writes the check: what `expression` says of it.
async fn written_by_the_release_after(world: &World, expression: &str, names: Value, values: Value) {
    let update = json!({
        "TableName": table(world),
        "Key": key(world),
        "UpdateExpression": expression,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    });
    calls(world).call(Service::DynamoDb, "UpdateItem", &update).await.unwrap();
}

async fn item(world: &World) -> Value {
    let get = json!({"TableName": table(world), "Key": key(world), "ConsistentRead": true});
    calls(world).call(Service::DynamoDb, "GetItem", &get).await.unwrap()["Item"].clone()
}

fn calls(world: &World) -> AwsCalls {
    AwsCalls::new(world.aws.endpoint_url()).unwrap()
}

fn table(world: &World) -> String {
    world.template.table("ChecksTable").unwrap().name.clone()
}

fn key(world: &World) -> Value {
    let pk = format!("check#{}#{}", world.demo.customer, world.ada());
    json!({"pk": {"S": pk}, "sk": {"S": "attempt#00001"}})
}

#[tokio::test]
async fn a_check_of_the_release_after_goes_its_whole_way_and_keeps_what_we_do_not_know() {
    let world = world().await;
    let request = world.ordered().await;
    let paused = json!({"M": {
        "at": {"N": "1"}, "actor": {"S": "auditor"}, "event": {"S": "consent_given"}, "form": {"M": {"id": {"N": "7"}}},
        "correlation_id": {"S": "c-9"},
    }});
    let values = json!({":consent": {"M": {"given": {"BOOL": true}}}, ":entry": {"L": [paused]}});
    let expression = "SET consent = :consent, #history = list_append(#history, :entry)";
    written_by_the_release_after(&world, expression, json!({"#history": "history"}), values).await;

    world.crosschq().candidate_opens(&request).await;
    world.crosschq().completes(&request).await;
    let check = world.check(world.ada()).await.unwrap();
    assert_eq!(check.state(), State::Completed);
    assert!(check.history().iter().any(|entry| matches!(entry.event, HistoryEvent::Unknown(_))));
    let item = item(&world).await;
    assert_eq!(item["consent"], json!({"M": {"given": {"BOOL": true}}}));
    assert!(item["history"]["L"].as_array().unwrap().contains(&paused));
}

#[tokio::test]
async fn a_check_of_the_release_after_in_a_stage_that_we_do_not_know_waits_in_the_queue_for_that_release() {
    let world = world().await;
    let request = world.ordered().await;
    let ours = item(&world).await;
    let names = json!({"#state": "state"});
    let values = json!({":phase": {"M": {"paused": {"M": {}}}}, ":state": {"S": "paused"}});
    written_by_the_release_after(&world, "SET phase = :phase, #state = :state", names.clone(), values).await;

    world.crosschq().step(&request, &Step::CandidateOpens).await.unwrap();
    world.crosschq().calls_back().await;
    world.deliver().await;
    assert_eq!(world.pipe.waiting().len(), 1, "the callback's message");
    world.clock.skip(Duration::from_secs(7 * 3600));
    let reconciled = world.reconcile().await;
    assert_eq!((reconciled.due, reconciled.enqueued, reconciled.failed), (1, 0, 1), "and the run goes on");
    assert!(world.pipe.dead().is_empty());

    // The release after moves it on to where this one knows it again, as its own functions would.
    let values = json!({":phase": ours["phase"], ":state": ours["state"]});
    written_by_the_release_after(&world, "SET phase = :phase, #state = :state", names, values).await;
    world.settle().await;
    assert_eq!(world.check(world.ada()).await.unwrap().state(), State::CandidateInProgress);
}

#[tokio::test]
async fn a_message_of_the_release_after_waits_in_the_queue_for_that_release() {
    let world = world().await;
    world
        .pipe
        .push("cancellations", json!({"schema": SCHEMA + 1, "tenant": "1234", "workflows": ["5678"]}).to_string());
    world.deliver().await;
    let waiting = world.pipe.waiting();
    assert_eq!((waiting.len(), waiting[0].receives), (1, 1));
    assert!(waiting[0].visible_at > connector_core::ports::Clock::now(&*world.clock), "put off, not buried");
}
