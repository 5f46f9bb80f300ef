//! What AWS says no to.

use serde_json::json;

use crate::support::Stage;
use crate::{Joining, nothing_saved};

#[tokio::test]
async fn a_stack_that_is_not_there() {
    let stage = Stage::empty().await;
    let ran = stage.connector(&["customer", "list", "--stack", "another"]).await;
    ran.failed(3, "there is no stack another in this account and region");
}

#[tokio::test]
async fn no_credentials() {
    let stage = Stage::empty().await;
    let variables = [("AWS_ENDPOINT_URL", stage.place.aws_endpoint.as_str())];
    let ran = stage.run(&["--region", "us-east-1", "customer", "list"], &variables, "").await;
    ran.failed(5, "no AWS credentials were found");
}

#[tokio::test]
async fn no_region() {
    let stage = Stage::empty().await;
    stage.run(&["customer", "list"], &[], "").await.failed(2, "no AWS region is set");
}

#[tokio::test]
async fn credentials_that_have_expired() {
    let stage = Stage::empty().await;
    stage.aws_fault(json!({"target": "DynamoDB_20120810.Scan", "kind": "expired_token", "times": 20})).await;
    stage.connector(&["customer", "list"]).await.failed(5, "AWS does not accept these credentials");
}

#[tokio::test]
async fn a_permission_that_is_missing_is_named_and_nothing_is_half_done() {
    let stage = Stage::empty().await;
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    for (action, _) in [("secretsmanager:CreateSecret", ""), ("dynamodb:Query", "")] {
        let denied = json!({"Effect": "Deny", "Action": action, "Resource": "*"});
        stage.permit(json!([all, denied])).await;
        Joining::of(&stage).is_refused(6, action).await;
    }
}

#[tokio::test]
async fn an_aws_that_is_throttling() {
    let stage = Stage::empty().await;
    stage.aws_fault(json!({"target": "DynamoDB_20120810.Query", "kind": "throttle", "times": 50})).await;
    Joining::of(&stage).add(&[]).await.failed(7, "AWS is throttling");
    nothing_saved(&stage, "1234").await;
}
