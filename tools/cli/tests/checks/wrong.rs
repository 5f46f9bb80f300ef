//! What is wrong is told, each in its own words and with its own exit code.

use serde_json::json;

use crate::{held, stage};

#[tokio::test]
async fn a_name_that_is_none_says_what_a_name_is() {
    let stage = stage().await;
    for (arguments, message) in [
        ("check|show|1234", "a check is named CUSTOMER/WORKFLOW"),
        ("check|show|1234/5/0", "the attempt must be a number from 1 to 99999"),
        ("check|show|12 34/5", "customer: a customer id must be"),
        ("check|request|1234/5/1", "a new order counts its own attempt"),
        ("check|reconcile", "required"),
        ("check|list|--older-than|2", "a span is a number with s, m, h or d"),
        ("check|list|--state|done", "possible values"),
        ("check|list|--older-than|2d|--younger-than|1h", "no check is older than"),
        ("queue|status|--queue|letters", "possible values"),
        ("queue|redrive|--rate|501", "1..=500"),
        ("erase|--customer|1234", "--person"),
    ] {
        let arguments: Vec<&str> = arguments.split('|').collect();
        stage.connector(&arguments).await.failed(2, message);
    }
}

#[tokio::test]
async fn what_is_not_there_is_reported_with_where_to_look() {
    let stage = stage().await;
    stage.connector(&["check", "show", "1234/5"]).await.failed(3, "there is no check 1234/5");
    stage.connector(&["check", "list", "--customer", "9"]).await.failed(3, "there is no customer 9");
    stage.connector(&["check", "request", "9/5", "--yes"]).await.failed(3, "there is no customer 9");
    held(&stage, "5", |_, _| {}).await;
    stage.connector(&["check", "cancel", "1234/5/2", "--yes"]).await.failed(3, "there is no check 1234/5/2");
    stage
        .connector(&["queue", "redrive", "--message-id", "nope", "--yes"])
        .await
        .failed(3, "there is no dead letter nope");
}

#[tokio::test]
async fn a_missing_permission_and_a_throttled_aws_are_told_apart() {
    let stage = stage().await;
    held(&stage, "5", |_, _| {}).await;
    let fault = async |target: &str, kind: &str, times: u32| {
        stage.aws_fault(json!({"target": target, "kind": kind, "times": times})).await;
    };
    fault("DynamoDB_20120810.Query", "access_denied", 1).await;
    stage.connector(&["check", "show", "1234/5"]).await.failed(6, "AWS does not permit it");
    fault("DynamoDB_20120810.Query", "throttle", 30).await;
    stage.connector(&["check", "show", "1234/5"]).await.failed(7, "try again");
    let faults = format!("{}/__local/faults", stage.place.aws_endpoint);
    local::aws_call::http_client().unwrap().delete(faults).send().await.unwrap();
    fault("AmazonSQS.ReceiveMessage", "access_denied", 1).await;
    stage.connector(&["queue", "peek"]).await.failed(6, "SQS ReceiveMessage");
    stage.connector(&["check", "show", "1234/5", "--offline"]).await.ok();
}
