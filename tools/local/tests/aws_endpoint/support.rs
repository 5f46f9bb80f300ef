//! An endpoint of a test's own, and clients for it.

use std::path::Path;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_sqs::types::Message;
use local::aws::{AwsOptions, AwsServer};
use local::aws_call::http_client;
use serde_json::{Value, json};

/// The endpoint and everything to talk to it.
pub(crate) struct Aws {
    pub(crate) url: String,
    _server: Option<AwsServer>,
}

/// Starts an endpoint that keeps its data in memory.
pub(crate) async fn in_memory() -> Aws {
    start(None).await
}

/// Starts an endpoint on the data in a folder.
pub(crate) async fn on_disk(data_dir: &Path) -> Aws {
    start(Some(data_dir)).await
}

async fn start(data_dir: Option<&Path>) -> Aws {
    let options = AwsOptions { data_dir: data_dir.map(Path::to_owned), ..AwsOptions::default() };
    let server = AwsServer::start(options).await.unwrap();
    Aws { url: server.endpoint_url().to_owned(), _server: Some(server) }
}

/// An endpoint that somebody else runs.
pub(crate) fn at(url: &str) -> Aws {
    Aws { url: url.to_owned(), _server: None }
}

/// Each service's crate has builders of its own, with the same names.
macro_rules! client {
    ($aws:expr, $crate_:ident) => {
        client!($aws, $crate_, "test")
    };
    ($aws:expr, $crate_:ident, $access_key:expr) => {
        $crate_::Client::from_conf(
            $crate_::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("us-east-1"))
                .credentials_provider(Credentials::new($access_key, "test", None, None, "test"))
                .retry_config(RetryConfig::disabled())
                .http_client(aws_smithy_http_client::Builder::new().build_http())
                .endpoint_url(&$aws.url)
                .build(),
        )
    };
}

impl Aws {
    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        client!(self, aws_sdk_sqs)
    }

    pub(crate) fn sqs_as(&self, access_key: &str) -> aws_sdk_sqs::Client {
        client!(self, aws_sdk_sqs, access_key)
    }

    pub(crate) fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        client!(self, aws_sdk_secretsmanager)
    }

    pub(crate) fn secrets_as(&self, access_key: &str) -> aws_sdk_secretsmanager::Client {
        client!(self, aws_sdk_secretsmanager, access_key)
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        client!(self, aws_sdk_dynamodb)
    }

    pub(crate) fn dynamodb_as(&self, access_key: &str) -> aws_sdk_dynamodb::Client {
        client!(self, aws_sdk_dynamodb, access_key)
    }

    pub(crate) fn sts_as(&self, access_key: &str) -> aws_sdk_sts::Client {
        client!(self, aws_sdk_sts, access_key)
    }

    pub(crate) fn cloudformation(&self) -> aws_sdk_cloudformation::Client {
        client!(self, aws_sdk_cloudformation)
    }

    /// A call of the control plane.
    pub(crate) async fn control(&self, method: &str, call: &str, body: Value) -> Value {
        let (status, body) = http(&self.url, method, &format!("/__local/{call}"), &body.to_string()).await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Lets time pass without waiting for it.
    pub(crate) async fn advance_s(&self, seconds: u32) {
        self.control("POST", "clock", json!({ "advance_ms": seconds * 1_000 })).await;
    }
}

pub(crate) async fn queue(sqs: &Client, name: &str) -> String {
    sqs.create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap()
}

pub(crate) async fn send(sqs: &Client, queue: &str, body: &str) {
    sqs.send_message().queue_url(queue).message_body(body).send().await.unwrap();
}

pub(crate) async fn receive(sqs: &Client, queue: &str) -> Vec<Message> {
    let request = sqs.receive_message().queue_url(queue).max_number_of_messages(10);
    request.send().await.unwrap().messages.unwrap_or_default()
}

/// Code, HTTP status and message of the error that a call returns.
macro_rules! refused {
    ($call:expr) => {{
        let error = $call.send().await.unwrap_err();
        let status = error.raw_response().unwrap().status().as_u16();
        (error.code().unwrap().to_owned(), status, error.message().unwrap_or_default().to_owned())
    }};
}
pub(crate) use refused;

/// One plain HTTP call: the status and the body.
pub(crate) async fn http(url: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let method = method.parse().unwrap();
    let request = http_client().unwrap().request(method, format!("{url}{path}")).body(body.to_owned());
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}
