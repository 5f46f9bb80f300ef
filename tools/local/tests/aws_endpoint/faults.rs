//! The fault switch and the call counter.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use serde_json::json;

use crate::dynamodb::table;
use crate::queues::{queue, receive, send};
use crate::support::{Aws, http, in_memory};

async fn set(aws: &Aws, target: &str, kind: &str) {
    let fault = json!({ "target": target, "kind": kind, "times": 1 });
    aws.control("POST", "faults", fault).await;
}

#[tokio::test]
async fn a_throttled_call_is_told_so_and_the_next_one_passes() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    set(&aws, "AmazonSQS.SendMessage", "throttle").await;

    let send_one = || sqs.send_message().queue_url(&queue).message_body("x").send();
    let error = send_one().await.unwrap_err().into_service_error();
    assert!(error.is_request_throttled());
    send_one().await.unwrap();

    assert_eq!(receive(&sqs, &queue).await.len(), 1);
}

#[tokio::test]
async fn a_call_reset_before_is_not_done_and_one_reset_after_is() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    for (kind, left_behind) in [("reset_before", 0), ("reset_after", 1)] {
        set(&aws, "AmazonSQS.SendMessage", kind).await;
        let request = sqs.send_message().queue_url(&queue).message_body("x");
        let error = request.send().await.unwrap_err();
        assert!(matches!(error, SdkError::DispatchFailure(_)), "{kind}: no answer at all");
        assert_eq!(receive(&sqs, &queue).await.len(), left_behind, "{kind}");
    }
}

#[tokio::test]
async fn dynamodb_and_secrets_manager_fail_in_their_own_words() {
    let aws = in_memory().await;
    let dynamodb = aws.dynamodb();
    table(&dynamodb).await;
    let put = || {
        let request = dynamodb.put_item().table_name("checks");
        request.item("pk", AttributeValue::S("a".to_owned())).send()
    };

    set(&aws, "DynamoDB_20120810.PutItem", "throttle").await;
    let error = put().await.unwrap_err().into_service_error();
    assert!(error.is_provisioned_throughput_exceeded_exception());

    set(&aws, "DynamoDB_20120810.*", "transaction_conflict").await;
    let error = put().await.unwrap_err().into_service_error();
    assert!(error.is_transaction_conflict_exception());

    set(&aws, "DynamoDB_20120810.PutItem", "error500").await;
    let error = put().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 500);
    put().await.unwrap();

    set(&aws, "secretsmanager.GetSecretValue", "throttle").await;
    let secrets = aws.secrets();
    let error = secrets.get_secret_value().secret_id("s").send().await;
    assert_eq!(error.unwrap_err().code(), Some("ThrottlingException"));
}

#[tokio::test]
async fn a_fault_may_wait_for_a_later_call_and_be_taken_back() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    let send_one = || sqs.send_message().queue_url(&queue).message_body("x").send();
    let fault = json!({ "target": "AmazonSQS.SendMessage", "kind": "throttle", "times": 2, "skip": 1 });
    aws.control("POST", "faults", fault).await;

    send_one().await.unwrap();
    send_one().await.unwrap_err();
    aws.control("DELETE", "faults", json!({})).await;
    send_one().await.unwrap();
}

#[tokio::test]
async fn calls_are_counted_by_target() {
    let aws = in_memory().await;
    let sqs = aws.sqs();
    let queue = queue(&sqs, "work").await;
    send(&sqs, &queue, "a").await;
    send(&sqs, &queue, "b").await;

    let calls = aws.control("GET", "calls", json!({})).await;
    assert_eq!(calls, json!({ "AmazonSQS.CreateQueue": 1, "AmazonSQS.SendMessage": 2 }));
    aws.control("DELETE", "calls", json!({})).await;
    assert_eq!(aws.control("GET", "calls", json!({})).await, json!({}));
}

#[tokio::test]
async fn a_call_that_is_not_there_is_refused_by_name() {
    let aws = in_memory().await;
    let error = aws.sqs().add_permission().queue_url("q").label("l");
    let error = error.aws_account_ids("1").actions("*").send().await;
    assert_eq!(error.unwrap_err().code(), Some("UnknownOperationException"));

    let (status, _) = http(&aws.url, "GET", "/__local/nothing", "{}").await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn sts_tells_the_one_caller_there_is() {
    let aws = in_memory().await;
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let (status, body) = http(&aws.url, "POST", "/", body).await;
    assert_eq!(status, 200);
    assert!(body.contains("<Account>000000000000</Account>"));
}
