//! Policies on the wire: what the AWS SDK's clients hear who may not.

#![expect(clippy::unwrap_used, reason = "clippy spares the test functions, but not what they share")]

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use local::aws::{AwsOptions, AwsServer};
use local::aws_call::http_client;
use serde_json::{Value, json};

/// Each service's crate has builders of its own, with the same names.
macro_rules! client {
    ($server:expr, $caller:expr, $crate_:ident) => {
        $crate_::Client::from_conf(
            $crate_::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("us-east-1"))
                .credentials_provider(Credentials::new($caller, "local", None, None, "test"))
                .retry_config(RetryConfig::disabled())
                .http_client(aws_smithy_http_client::Builder::new().build_http())
                .endpoint_url($server.endpoint_url())
                .build(),
        )
    };
}

const ARN: &str = "us-east-1:000000000000";

/// An endpoint with a table, a queue and a secret, and a caller `reader` that may do little with them.
async fn endpoint() -> AwsServer {
    let server = AwsServer::start(AwsOptions::default()).await.unwrap();
    let call = local::aws_call::AwsCalls::new(server.endpoint_url()).unwrap();
    let table = json!({
        "TableName": "things", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    });
    let secret = json!({"Name": "mine/customers/1", "SecretString": "x"});
    let other = json!({"Name": "others/1", "SecretString": "x"});
    use local::aws_call::Service::{DynamoDb, SecretsManager, Sqs};
    for (service, action, body) in [
        (DynamoDb, "CreateTable", table),
        (Sqs, "CreateQueue", json!({"QueueName": "work"})),
        (SecretsManager, "CreateSecret", secret),
        (SecretsManager, "CreateSecret", other),
    ] {
        call.call(service, action, &body).await.unwrap();
    }
    let policies = json!({"reader": [
        {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": format!("arn:aws:dynamodb:{ARN}:table/things")},
        {"Effect": "Allow", "Action": ["sqs:ReceiveMessage"], "Resource": [format!("arn:aws:sqs:{ARN}:work")]},
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
            "Resource": format!("arn:aws:secretsmanager:{ARN}:secret:mine/customers/*")},
    ]});
    assert_eq!(control(&server, reqwest::Method::POST, "policies", &policies).await, json!({"callers": 1}));
    server
}

async fn control(server: &AwsServer, method: reqwest::Method, call: &str, body: &Value) -> Value {
    let url = format!("{}/__local/{call}", server.endpoint_url());
    http_client().unwrap().request(method, url).body(body.to_string()).send().await.unwrap().json().await.unwrap()
}

/// Code and HTTP status of a refusal.
macro_rules! refused {
    ($call:expr) => {{
        let error = $call.send().await.unwrap_err();
        let status = error.raw_response().unwrap().status().as_u16();
        let message = error.message().unwrap_or_default().to_owned();
        (error.code().unwrap().to_owned(), status, message)
    }};
}

fn key() -> AttributeValue {
    AttributeValue::S("a".to_owned())
}

#[tokio::test]
async fn a_call_that_the_role_does_not_allow_is_denied() {
    let server = endpoint().await;
    let queue = format!("{}/000000000000/work", server.endpoint_url());
    let dynamodb = client!(server, "reader", aws_sdk_dynamodb);
    let sqs = client!(server, "reader", aws_sdk_sqs);
    let secrets = client!(server, "reader", aws_sdk_secretsmanager);

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

    let denied = control(&server, reqwest::Method::GET, "denied", &Value::Null).await;
    assert_eq!(
        denied,
        json!({"reader": {
            "dynamodb:PutItem": {format!("arn:aws:dynamodb:{ARN}:table/things"): 1},
            "sqs:SendMessage": {format!("arn:aws:sqs:{ARN}:work"): 2},
            "secretsmanager:GetSecretValue": {format!("arn:aws:secretsmanager:{ARN}:secret:others/1-??????"): 1},
        }})
    );
    control(&server, reqwest::Method::DELETE, "denied", &Value::Null).await;
    assert!(server.denied().is_empty());
    let anybody = client!(server, "somebody", aws_sdk_sqs);
    let received = anybody.receive_message().queue_url(&queue).send().await.unwrap();
    assert!(received.messages().is_empty(), "what was refused was not done either");
}

#[tokio::test]
async fn what_the_role_allows_is_done_and_counted_by_caller() {
    let server = endpoint().await;
    let queue = format!("{}/000000000000/work", server.endpoint_url());
    let dynamodb = client!(server, "reader", aws_sdk_dynamodb);
    dynamodb.get_item().table_name("things").key("pk", key()).send().await.unwrap();
    client!(server, "reader", aws_sdk_sqs).receive_message().queue_url(&queue).send().await.unwrap();
    let secrets = client!(server, "reader", aws_sdk_secretsmanager);
    let secret = secrets.get_secret_value().secret_id("mine/customers/1").send().await.unwrap();
    let by_arn = secrets.get_secret_value().secret_id(secret.arn().unwrap()).send().await.unwrap();
    assert_eq!(by_arn.secret_string(), Some("x"));
    let calls = control(&server, reqwest::Method::GET, "calls?by=caller", &Value::Null).await;
    assert_eq!(calls["reader"]["dynamodb:GetItem"], json!({format!("arn:aws:dynamodb:{ARN}:table/things"): 1}));
    assert_eq!(calls["reader"]["sqs:ReceiveMessage"], json!({format!("arn:aws:sqs:{ARN}:work"): 1}));
    let by_target = control(&server, reqwest::Method::GET, "calls", &Value::Null).await;
    assert_eq!(by_target["secretsmanager.GetSecretValue"], 2);
}

#[tokio::test]
async fn whoever_was_given_no_policy_is_free() {
    let server = endpoint().await;
    let dynamodb = client!(server, "operator", aws_sdk_dynamodb);
    dynamodb.put_item().table_name("things").item("pk", key()).send().await.unwrap();
    assert!(server.denied().is_empty());
}
