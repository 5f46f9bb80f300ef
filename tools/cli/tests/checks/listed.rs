//! `connector check list`.

use connector_core::domain::{Refusal, Timestamp};
use local::aws_call::Service;
use serde_json::{Value, json};

use crate::{held, now, refused, stage};

fn names(listed: &Value) -> Vec<&str> {
    listed.as_array().unwrap().iter().map(|line| line["check"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn checks_are_listed_by_state_and_age_the_youngest_first() {
    let stage = stage().await;
    let hours_ago = |hours: i64| Timestamp::from_ms(now().ms() - hours * 3_600_000);
    held(&stage, "701", |check, _| check.timing.created_at = hours_ago(5)).await;
    held(&stage, "702", |check, id| {
        refused(Refusal::NoEmail)(check, id);
        check.timing.created_at = hours_ago(3);
    })
    .await;
    held(&stage, "703", |check, _| check.timing.created_at = hours_ago(1)).await;
    let list = async |more: &[&str]| {
        let mut arguments = vec!["check", "list", "--output", "json"];
        arguments.extend(more);
        stage.connector(&arguments).await.ok()
    };
    assert_eq!(names(&list(&[]).await.json()), ["1234/703/1", "1234/702/1", "1234/701/1"]);
    assert_eq!(names(&list(&["--customer", "1234", "--open"]).await.json()), ["1234/703/1", "1234/701/1"]);
    assert_eq!(names(&list(&["--state", "failed"]).await.json()), ["1234/702/1"]);
    assert_eq!(names(&list(&["--older-than", "2h"]).await.json()), ["1234/702/1", "1234/701/1"]);
    assert_eq!(names(&list(&["--older-than", "2h", "--younger-than", "4h"]).await.json()), ["1234/702/1"]);
    let cut = list(&["--limit", "1"]).await;
    assert_eq!(names(&cut.json()), ["1234/703/1"]);
    assert!(cut.stderr.contains("--limit 0 lists all"), "{}", cut.stderr);
    assert_eq!(names(&list(&["--limit", "0"]).await.json()).len(), 3);
}

#[tokio::test]
async fn a_check_of_the_release_after_is_listed_with_its_word_and_passed_over_where_it_has_to_be_read() {
    let stage = stage().await;
    held(&stage, "701", |_, _| {}).await;
    let needing = |check: &mut connector_core::domain::Check, id: &connector_core::domain::CorrelationId| {
        refused(Refusal::OutcomeUnknown)(check, id);
    };
    held(&stage, "702", needing).await;
    let paused = json!({
        "TableName": stage.template.table("ChecksTable").unwrap().name,
        "Key": {"pk": {"S": "check#1234#701"}, "sk": {"S": "attempt#00001"}},
        "UpdateExpression": "SET #state = :state, phase = :phase",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {":state": {"S": "paused"}, ":phase": {"M": {"paused": {"M": {}}}}},
    });
    stage.calls.call(Service::DynamoDb, "UpdateItem", &paused).await.unwrap();

    let listed = stage.connector(&["check", "list", "--open", "--output", "json"]).await.ok().json();
    assert_eq!((names(&listed), &listed[0]["state"]), (vec!["1234/701/1"], &json!("paused")));
    let needing = stage.connector(&["check", "list", "--needs-person", "--output", "json"]).await.ok();
    assert_eq!(names(&needing.json()), ["1234/702/1"]);
    assert!(needing.stderr.contains("1 are in a state that only a later release knows"), "{}", needing.stderr);
}
