//! The queues of one test, on our own SQS or on the engine at `CONFORMANCE_ENDPOINT`.

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::operation::change_message_visibility::builders::ChangeMessageVisibilityFluentBuilder;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as System, QueueAttributeName};
use local::aws::{AwsOptions, AwsServer};
use local::aws_call::http_client;
use serde_json::json;

static ENGINES: AtomicU32 = AtomicU32::new(0);

/// How long a received message is hidden: short enough to be waited for, long enough for a slow machine to look twice.
pub(crate) const HIDDEN_S: i32 = 3;

/// An engine and this test's names on it.
pub(crate) struct Engine {
    pub(crate) sqs: Client,
    name: String,
    endpoint: String,
    own: Option<AwsServer>,
}

/// A queue.
#[derive(Clone)]
pub(crate) struct Queue {
    sqs: Client,
    pub(crate) url: String,
    pub(crate) arn: String,
}

impl Engine {
    /// The engine at `CONFORMANCE_ENDPOINT`, else our own.
    pub(crate) async fn start() -> Self {
        match std::env::var("CONFORMANCE_ENDPOINT") {
            Ok(endpoint) => Self::at(endpoint, None),
            Err(_) => Self::ours().await,
        }
    }

    pub(crate) async fn ours() -> Self {
        let server = AwsServer::start(AwsOptions::default()).await.unwrap();
        Self::at(server.endpoint_url().to_owned(), Some(server))
    }

    fn at(endpoint: String, own: Option<AwsServer>) -> Self {
        let name = format!("q{}-{}", std::process::id(), ENGINES.fetch_add(1, Ordering::SeqCst));
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(&endpoint);
        Self { sqs: Client::from_conf(config.build()), name, endpoint, own }
    }

    /// Lets this much time pass: on the clock of our own SQS, in truth elsewhere.
    pub(crate) async fn pass_s(&self, seconds: u64) {
        if self.own.is_none() {
            return tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
        let url = format!("{}/__local/clock", self.endpoint);
        let advanced = http_client().unwrap().post(url).json(&json!({"advance_ms": seconds * 1_000})).send().await;
        assert!(advanced.unwrap().status().is_success());
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.own.is_some()
    }

    /// Whether it is another engine than ours, of which it is known that it does not do what the test requires.
    pub(crate) fn differs(&self, how: &str) -> bool {
        if !self.is_ours() {
            say_skipped(how);
        }
        !self.is_ours()
    }

    /// Whether it is another engine than ours, and says itself that it does not have the call.
    pub(crate) fn has_no_such_call(&self, error: &impl ProvideErrorMetadata, call: &str) -> bool {
        let missing = self.own.is_none() && error.code() == Some("InvalidAction");
        if missing {
            say_skipped(&format!("the engine has no {call}"));
        }
        missing
    }

    /// A queue that hides what was received for [`HIDDEN_S`].
    pub(crate) async fn queue(&self, name: &str) -> Queue {
        self.make(name, &[]).await
    }

    /// A queue and its dead-letter queue, to which a message moves once it was received `most` times.
    pub(crate) async fn queue_with_dead_letters(&self, most: u32) -> (Queue, Queue) {
        let dead_letters = self.queue("work-dlq").await;
        let policy = json!({"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": most}).to_string();
        (self.make("work", &[(QueueAttributeName::RedrivePolicy, policy)]).await, dead_letters)
    }

    async fn make(&self, name: &str, attributes: &[(QueueAttributeName, String)]) -> Queue {
        let mut request = self
            .sqs
            .create_queue()
            .queue_name(format!("{}-{name}", self.name))
            .attributes(QueueAttributeName::VisibilityTimeout, HIDDEN_S.to_string());
        for (name, value) in attributes {
            request = request.attributes(name.clone(), value);
        }
        let url = request.send().await.unwrap().queue_url.unwrap();
        let mut queue = Queue { sqs: self.sqs.clone(), url, arn: String::new() };
        queue.arn = queue.attribute(QueueAttributeName::QueueArn).await;
        queue
    }
}

/// Past the capturing of a test's output: a test that was not played must not look like one that was.
fn say_skipped(why: &str) {
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let line = format!("SKIPPED on this engine: {test}: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

impl Queue {
    pub(crate) async fn attribute(&self, name: QueueAttributeName) -> String {
        let request = self.sqs.get_queue_attributes().queue_url(&self.url).attribute_names(name.clone());
        request.send().await.unwrap().attributes.unwrap()[&name].clone()
    }

    /// How many messages there are: to be received, in flight, delayed.
    pub(crate) async fn counts(&self) -> [String; 3] {
        [
            self.attribute(QueueAttributeName::ApproximateNumberOfMessages).await,
            self.attribute(QueueAttributeName::ApproximateNumberOfMessagesNotVisible).await,
            self.attribute(QueueAttributeName::ApproximateNumberOfMessagesDelayed).await,
        ]
    }

    pub(crate) async fn send(&self, body: &str) {
        self.sqs.send_message().queue_url(&self.url).message_body(body).send().await.unwrap();
    }

    pub(crate) async fn receive(&self) -> Vec<Message> {
        self.receive_hidden(None).await
    }

    /// Receives what is there, hidden for so long instead of the queue's own time.
    pub(crate) async fn receive_hidden(&self, seconds: Option<i32>) -> Vec<Message> {
        let request = self
            .sqs
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(10)
            .set_visibility_timeout(seconds)
            .message_system_attribute_names(System::All);
        request.send().await.unwrap().messages.unwrap_or_default()
    }

    pub(crate) async fn receive_one(&self) -> Message {
        let mut messages = self.receive().await;
        assert_eq!(messages.len(), 1, "one message was there to be received");
        messages.remove(0)
    }

    pub(crate) async fn delete(&self, message: &Message) {
        let request = self.sqs.delete_message().queue_url(&self.url).receipt_handle(handle(message));
        request.send().await.unwrap();
    }

    /// Hides a message from now on for so long.
    pub(crate) async fn hide(&self, message: &Message, seconds: i32) {
        self.visibility_request(message, seconds).send().await.unwrap();
    }

    pub(crate) fn visibility_request(&self, message: &Message, seconds: i32) -> ChangeMessageVisibilityFluentBuilder {
        let request = self.sqs.change_message_visibility().queue_url(&self.url).receipt_handle(handle(message));
        request.visibility_timeout(seconds)
    }
}

pub(crate) fn handle(message: &Message) -> &str {
    message.receipt_handle().unwrap()
}

pub(crate) fn system(message: &Message, name: System) -> Option<&str> {
    message.attributes()?.get(&name).map(String::as_str)
}
