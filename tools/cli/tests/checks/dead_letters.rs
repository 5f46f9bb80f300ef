//! `connector queue`.

use connector_core::domain::Refusal;
use local::aws_call::Service;
use serde_json::{Value, json};

use crate::workers::{depth, die};
use crate::{audit, held, refused, stage};

fn order(workflow: &str) -> String {
    json!({"schema": 1, "customer": "1234", "correlation_id": "event-7", "workflow": workflow, "attempt": 1,
        "person": "2001", "ordered_at": 1})
    .to_string()
}

fn by_id<'a>(peeked: &'a Value, id: &str) -> &'a Value {
    peeked.as_array().unwrap().iter().find(|dead| dead["message_id"] == id).unwrap()
}

#[tokio::test]
async fn dead_letters_are_looked_at_without_being_taken_and_tell_why_they_died() {
    let stage = stage().await;
    held(&stage, "701", |_, _| {}).await;
    held(&stage, "702", refused(Refusal::NoEmail)).await;
    let poison = die(&stage, "IcimsUpdates", "hunter2").await;
    let given_up = die(&stage, "ReferenceRequests", &order("701")).await;
    let settled = die(&stage, "ReferenceRequests", &order("702")).await;
    let never = die(&stage, "ReferenceRequests", &order("703")).await;
    let stranger =
        die(&stage, "Cancellations", r#"{"schema":1,"customer":"9","correlation_id":"c","workflow":"5"}"#).await;
    let peeked = stage.connector(&["queue", "peek", "--output", "json"]).await.ok();
    let message = peeked.json();
    for (id, code) in [
        (&poison, "unreadable"),
        (&given_up, "given_up"),
        (&settled, "settled"),
        (&never, "never_begun"),
        (&stranger, "customer"),
    ] {
        assert_eq!(by_id(&message, id)["reason"]["code"], code, "{message}");
    }
    let dead = by_id(&message, &given_up);
    assert_eq!((&dead["customer"], &dead["correlation_id"]), (&json!("1234"), &json!("event-7")));
    assert!(dead["log_query"].as_str().unwrap().contains("`correlation.id` = \"event-7\""), "{dead}");
    assert!(dead["reason"]["why"].as_str().unwrap().contains("the reference-requester took the order"), "{dead}");
    assert!(dead["sent_at"].is_string());
    assert!(!peeked.everything().contains("hunter2"), "a body is nobody's to print");
    let status = stage.connector(&["queue", "status", "--output", "json"]).await.ok().json();
    let dead: Vec<(&str, u64)> = status
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["queue"].as_str().unwrap(), line["dead"].as_u64().unwrap()))
        .collect();
    assert_eq!(dead, [("reference-requests", 3), ("icims-updates", 1), ("cancellations", 1)]);
    assert!(status[0]["dead_oldest_s"].is_u64(), "{status}");
    assert_eq!(stage.connector(&["queue", "peek", "--output", "json"]).await.ok().json().as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn one_dead_letter_goes_back_as_it_was_and_the_others_stay() {
    let stage = stage().await;
    let wanted = die(&stage, "ReferenceRequests", &order("701")).await;
    die(&stage, "ReferenceRequests", &order("702")).await;
    let redrive = ["queue", "redrive", "--message-id", wanted.as_str(), "--yes", "--output", "json"];
    let mut dry = redrive.to_vec();
    dry.push("--dry-run");
    let message = stage.connector(&dry).await.ok().json();
    assert_eq!((&message["dry_run"], &message["queues"][0]["customers"]["1234"]), (&json!(true), &json!(1)));
    assert_eq!((depth(&stage, "ReferenceRequests").await, depth(&stage, "ReferenceRequestsDlq").await), (0, 2));
    stage.connector(&redrive).await.ok();
    let receive = json!({"QueueUrl": stage.queue_url("ReferenceRequests"), "MessageSystemAttributeNames": ["All"]});
    let back = stage.calls.call(Service::Sqs, "ReceiveMessage", &receive).await.unwrap();
    assert_eq!(back["Messages"][0]["Body"], order("701"));
    assert_eq!(back["Messages"][0]["Attributes"]["MessageGroupId"], "1234", "still fair to the other customers");
    assert_eq!(depth(&stage, "ReferenceRequestsDlq").await, 1);
    stage.connector(&redrive).await.failed(3, "there is no dead letter");
    let log = audit(&stage).await;
    assert_eq!(log.len(), 1);
    assert!(log[0].to_string().contains("queue redrive") && !log[0].to_string().contains("701"), "{log:?}");
}

#[tokio::test]
async fn a_redrive_that_breaks_off_half_way_loses_nothing() {
    let stage = stage().await;
    let id = die(&stage, "ReferenceRequests", &order("701")).await;
    let redrive = ["queue", "redrive", "--message-id", id.as_str(), "--yes"];
    stage.aws_fault(json!({"target": "AmazonSQS.SendMessage", "kind": "access_denied", "times": 1})).await;
    stage.connector(&redrive).await.failed(6, "SQS SendMessage");
    assert_eq!(depth(&stage, "ReferenceRequestsDlq").await, 1);
    stage.aws_fault(json!({"target": "AmazonSQS.DeleteMessage", "kind": "access_denied", "times": 1})).await;
    stage.connector(&redrive).await.failed(6, "SQS DeleteMessage");
    assert_eq!((depth(&stage, "ReferenceRequests").await, depth(&stage, "ReferenceRequestsDlq").await), (1, 1));
}

#[tokio::test]
async fn all_dead_letters_go_back_after_a_dry_run_that_moved_none() {
    let stage = stage().await;
    for workflow in ["701", "702", "703"] {
        die(&stage, "ReferenceRequests", &order(workflow)).await;
    }
    die(&stage, "IcimsUpdates", "hunter2").await;
    let planned = stage.connector(&["queue", "redrive", "--dry-run", "--output", "json"]).await.ok().json();
    assert_eq!(planned["queues"][0]["messages"], 3);
    assert_eq!(depth(&stage, "ReferenceRequestsDlq").await, 3);
    let given = stage
        .connector(&["queue", "redrive", "--queue", "reference-requests", "--rate", "50", "--yes", "--output", "json"])
        .await
        .ok()
        .json();
    assert_eq!(given["queues"][0]["messages"], 3);
    assert_eq!((depth(&stage, "ReferenceRequests").await, depth(&stage, "ReferenceRequestsDlq").await), (3, 0));
    assert_eq!(depth(&stage, "IcimsUpdatesDlq").await, 1, "it was not asked for");
    assert_eq!(audit(&stage).await.len(), 1);
    let none = stage.connector(&["queue", "redrive", "--queue", "cancellations", "--yes"]).await.ok();
    assert_eq!(none.stdout, "no dead letters\n");
}
