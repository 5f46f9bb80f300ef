//! The fault switch and the call counter.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use local::aws::AwsServer;
use serde_json::json;

use crate::dynamodb::table;
use crate::support::{Aws, at, http, in_memory, queue, receive, refused, send};

async fn set(aws: &Aws, target: &str, kind: &str) {
    let fault = json!({ "target": target, "kind": kind, "times": 1 });
    aws.control("POST", "faults", fault).await;
}

#[tokio::test]
async fn a_throttled_call_fails_and_the_next_one_passes() {
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
async fn dynamodb_and_secrets_manager_fail_with_their_own_errors() {
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
async fn a_fault_may_wait_for_a_later_call_and_be_cleared() {
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
async fn a_call_that_is_not_implemented_is_refused_by_name() {
    let aws = in_memory().await;
    let error = aws.sqs().add_permission().queue_url("q").label("l");
    let error = error.aws_account_ids("1").actions("*").send().await;
    assert_eq!(error.unwrap_err().code(), Some("UnknownOperationException"));

    let (status, _) = http(&aws.url, "GET", "/__local/nothing", "{}").await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_caller_may_be_denied_until_the_fault_is_cleared_while_others_continue() {
    let aws = in_memory().await;
    table(&aws.dynamodb()).await;
    let fault = json!({
        "target": "DynamoDB_20120810.GetItem", "kind": "access_denied", "caller": "alice", "until_cleared": true,
    });
    aws.control("POST", "faults", fault).await;
    let key = || AttributeValue::S("a".to_owned());
    let get = |caller: &str| aws.dynamodb_as(caller).get_item().table_name("checks").key("pk", key());
    for _ in 0..3 {
        let (code, status, message) = refused!(get("alice"));
        assert_eq!((code.as_str(), status), ("AccessDeniedException", 400));
        assert_eq!(
            message,
            "User: arn:aws:iam::000000000000:user/alice is not authorized to perform: dynamodb:GetItem on resource: \
             arn:aws:dynamodb:us-east-1:000000000000:table/checks because no identity-based policy allows the \
             dynamodb:GetItem action"
        );
    }
    get("bob").send().await.unwrap();
    aws.control("DELETE", "faults", json!({})).await;
    get("alice").send().await.unwrap();
}

#[tokio::test]
async fn every_service_rejects_and_throttles_a_caller_with_its_own_errors() {
    let aws = in_memory().await;
    let words = [
        ("access_denied", ["AccessDeniedException", "AccessDenied", "AccessDeniedException", "AccessDenied"]),
        ("throttling_exception", ["ThrottlingException", "RequestThrottled", "ThrottlingException", "Throttling"]),
        ("expired_token", ["ExpiredTokenException", "ExpiredToken", "ExpiredTokenException", "ExpiredToken"]),
        (
            "unrecognized_client",
            [
                "UnrecognizedClientException",
                "InvalidClientTokenId",
                "UnrecognizedClientException",
                "InvalidClientTokenId",
            ],
        ),
    ];
    for (kind, [dynamodb, sqs, secrets, query]) in words {
        aws.control("POST", "faults", json!({"target": "*", "kind": kind, "until_cleared": true})).await;
        assert_eq!(refused!(aws.dynamodb().list_tables()).0, dynamodb);
        assert_eq!(refused!(aws.sqs().list_queues()).0, sqs);
        assert_eq!(refused!(aws.secrets().list_secrets()).0, secrets);
        assert_eq!(refused!(aws.cloudformation().describe_stacks()).0, query);
        assert_eq!(refused!(aws.sts_as("alice").get_caller_identity()).0, query);
        aws.control("DELETE", "faults", json!({})).await;
    }
}

#[tokio::test]
async fn sts_reports_an_unsigned_caller_as_the_account() {
    let aws = in_memory().await;
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let (status, body) = http(&aws.url, "POST", "/", body).await;
    assert_eq!(status, 200);
    assert!(
        body.contains("<Account>000000000000</Account>") && body.contains("<Arn>arn:aws:iam::000000000000:root</Arn>")
    );
}

#[tokio::test]
async fn faults_and_counts_can_be_added_to_another_endpoint() {
    let behind = in_memory().await;
    let sqs = behind.sqs();
    let queue = queue(&sqs, "work").await;
    let front = AwsServer::proxy(&behind.url).await.unwrap();
    let aws = at(front.endpoint_url());
    set(&aws, "AmazonSQS.SendMessage", "reset_after").await;
    let send = || aws.sqs().send_message().queue_url(&queue).message_body("x").send();
    assert!(matches!(send().await.unwrap_err(), SdkError::DispatchFailure(_)), "done, but without a response");
    set(&aws, "AmazonSQS.SendMessage", "throttle").await;
    assert!(send().await.unwrap_err().into_service_error().is_request_throttled());
    send().await.unwrap();
    assert_eq!(receive(&sqs, &queue).await.len(), 2, "of the endpoint behind");
    assert_eq!(aws.control("GET", "calls", json!({})).await, json!({ "AmazonSQS.SendMessage": 3 }));
    let missing = aws.sqs().get_queue_url().queue_name("none").send().await.unwrap_err();
    assert!(missing.into_service_error().is_queue_does_not_exist(), "errors come through as they are");
}
