//! Policies on the wire: the errors that the AWS SDK's clients get.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use local::aws_call::{AwsCalls, Service};
use serde_json::json;

use crate::support::{Aws, in_memory, refused};

const ARN: &str = "us-east-1:000000000000";

/// An endpoint with a table, a queue and a secret, and a caller `reader` that may do little with them.
async fn endpoint() -> Aws {
    let aws = in_memory().await;
    let calls = AwsCalls::new(&aws.url).unwrap();
    let table = json!({
        "TableName": "things", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    });
    let secret = json!({"Name": "mine/customers/1", "SecretString": "x"});
    let other = json!({"Name": "others/1", "SecretString": "x"});
    for (service, action, body) in [
        (Service::DynamoDb, "CreateTable", table),
        (Service::Sqs, "CreateQueue", json!({"QueueName": "work"})),
        (Service::SecretsManager, "CreateSecret", secret),
        (Service::SecretsManager, "CreateSecret", other),
    ] {
        calls.call(service, action, &body).await.unwrap();
    }
    let policies = json!({"reader": [
        {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": format!("arn:aws:dynamodb:{ARN}:table/things")},
        {"Effect": "Allow", "Action": ["sqs:ReceiveMessage"], "Resource": [format!("arn:aws:sqs:{ARN}:work")]},
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
            "Resource": format!("arn:aws:secretsmanager:{ARN}:secret:mine/customers/*")},
    ]});
    assert_eq!(aws.control("POST", "policies", policies).await, json!({"callers": 1}));
    aws
}

fn key() -> AttributeValue {
    AttributeValue::S("a".to_owned())
}

#[tokio::test]
async fn a_call_that_the_role_does_not_allow_is_denied() {
    let aws = endpoint().await;
    let queue = format!("{}/000000000000/work", aws.url);
    let dynamodb = aws.dynamodb_as("reader");
    let sqs = aws.sqs_as("reader");
    let secrets = aws.secrets_as("reader");

    let (code, status, message) = refused!(dynamodb.put_item().table_name("things").item("pk", key()));
    assert_eq!((code.as_str(), status), ("AccessDeniedException", 400));
    assert!(
        message.contains(&format!("dynamodb:PutItem on resource: arn:aws:dynamodb:{ARN}:table/things")),
        "{message}"
    );
    let (code, status, _) = refused!(sqs.send_message().queue_url(&queue).message_body("x"));
    assert_eq!((code.as_str(), status), ("AccessDenied", 403));
    let entry = SendMessageBatchRequestEntry::builder().id("1").message_body("x").build().unwrap();
    let (code, status, _) = refused!(sqs.send_message_batch().queue_url(&queue).entries(entry));
    assert_eq!((code.as_str(), status), ("AccessDenied", 403));
    let (code, status, _) = refused!(secrets.get_secret_value().secret_id("others/1"));
    assert_eq!((code.as_str(), status), ("AccessDeniedException", 400));

    let denied = aws.control("GET", "denied", json!({})).await;
    assert_eq!(
        denied,
        json!({"reader": {
            "dynamodb:PutItem": {format!("arn:aws:dynamodb:{ARN}:table/things"): 1},
            "sqs:SendMessage": {format!("arn:aws:sqs:{ARN}:work"): 2},
            "secretsmanager:GetSecretValue": {format!("arn:aws:secretsmanager:{ARN}:secret:others/1-??????"): 1},
        }})
    );
    aws.control("DELETE", "denied", json!({})).await;
    assert_eq!(aws.control("GET", "denied", json!({})).await, json!({}));
    let anybody = aws.sqs_as("somebody");
    let received = anybody.receive_message().queue_url(&queue).send().await.unwrap();
    assert!(received.messages().is_empty(), "what was refused was not done either");
}

#[tokio::test]
async fn what_the_role_allows_is_done_and_counted_by_caller() {
    let aws = endpoint().await;
    let queue = format!("{}/000000000000/work", aws.url);
    let dynamodb = aws.dynamodb_as("reader");
    dynamodb.get_item().table_name("things").key("pk", key()).send().await.unwrap();
    aws.sqs_as("reader").receive_message().queue_url(&queue).send().await.unwrap();
    let secrets = aws.secrets_as("reader");
    let secret = secrets.get_secret_value().secret_id("mine/customers/1").send().await.unwrap();
    let by_arn = secrets.get_secret_value().secret_id(secret.arn().unwrap()).send().await.unwrap();
    assert_eq!(by_arn.secret_string(), Some("x"));
    let calls = aws.control("GET", "calls?by=caller", json!({})).await;
    assert_eq!(calls["reader"]["dynamodb:GetItem"], json!({format!("arn:aws:dynamodb:{ARN}:table/things"): 1}));
    assert_eq!(calls["reader"]["sqs:ReceiveMessage"], json!({format!("arn:aws:sqs:{ARN}:work"): 1}));
    let by_target = aws.control("GET", "calls", json!({})).await;
    assert_eq!(by_target["secretsmanager.GetSecretValue"], 2);
}

#[tokio::test]
async fn a_caller_without_a_policy_may_do_everything() {
    let aws = endpoint().await;
    let dynamodb = aws.dynamodb_as("operator");
    dynamodb.put_item().table_name("things").item("pk", key()).send().await.unwrap();
    assert_eq!(aws.control("GET", "denied", json!({})).await, json!({}));
}
