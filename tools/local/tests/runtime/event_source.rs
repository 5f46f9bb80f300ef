//! The SQS event source, against a queue of a few lines.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{Act, function};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use local::aws_call::AwsCalls;
use local::event_source::{EventSource, SourceSpec};
use local::lambda::Function;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// Messages to hand out, and the receipts that came back to be deleted.
#[derive(Default)]
struct FakeQueue {
    waiting: Mutex<VecDeque<Value>>,
    deleted: Mutex<Vec<String>>,
    receives: Mutex<Vec<Value>>,
    changed: Notify,
}

async fn sqs(State(queue): State<Arc<FakeQueue>>, headers: HeaderMap, body: String) -> Json<Value> {
    let request: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(headers["content-type"], "application/x-amz-json-1.0");
    match headers["x-amz-target"].to_str().unwrap() {
        "AmazonSQS.ReceiveMessage" => {
            queue.receives.lock().unwrap().push(request.clone());
            let most = usize::try_from(request["MaxNumberOfMessages"].as_u64().unwrap()).unwrap();
            let messages: Vec<Value> = {
                let mut waiting = queue.waiting.lock().unwrap();
                let count = most.min(waiting.len());
                waiting.drain(..count).collect()
            };
            if messages.is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
                return Json(json!({}));
            }
            Json(json!({ "Messages": messages }))
        }
        "AmazonSQS.DeleteMessageBatch" => {
            for entry in request["Entries"].as_array().unwrap() {
                queue.deleted.lock().unwrap().push(entry["ReceiptHandle"].as_str().unwrap().to_owned());
            }
            queue.changed.notify_one();
            Json(json!({"Successful": [], "Failed": []}))
        }
        other => panic!("{other}"),
    }
}

struct World {
    queue: Arc<FakeQueue>,
    source: EventSource,
}

async fn world(messages: &[&str], spec: impl FnOnce(&mut SourceSpec), function: Function) -> World {
    let queue = Arc::new(FakeQueue::default());
    for id in messages {
        queue.waiting.lock().unwrap().push_back(json!({
            "MessageId": id,
            "ReceiptHandle": format!("receipt-{id}"),
            "Body": format!("body-{id}"),
            "MD5OfBody": "md5",
            "Attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": "acme"},
            "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "x"}},
        }));
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().route("/", post(sqs)).with_state(Arc::clone(&queue));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let mut settings = SourceSpec {
        queue_url: format!("{endpoint}/000000000000/work"),
        queue_arn: "arn:aws:sqs:us-east-1:000000000000:work".to_owned(),
        region: "us-east-1".to_owned(),
        visibility_timeout_s: None,
        batch_size: 10,
        max_concurrency: Some(2),
        reports_batch_item_failures: true,
    };
    spec(&mut settings);
    let source = EventSource::start(settings, AwsCalls::new(&endpoint).unwrap(), function);
    World { queue, source }
}

type Events = Arc<Mutex<Vec<Value>>>;

/// A function that keeps its events and answers with `answer(event)`.
fn recording(answer: fn(&Value) -> Act) -> (Function, Events) {
    let events = Events::default();
    let seen = Arc::clone(&events);
    let function = function(2, Duration::from_secs(5), move |event| {
        let act = answer(&event);
        seen.lock().unwrap().push(event);
        async move { act }
    });
    (function, events)
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..200 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}

#[tokio::test]
async fn a_batch_arrives_in_lambdas_shape_and_is_deleted_on_success() {
    let (function, events) = recording(|_| Act::Answer(json!({"batchItemFailures": []})));
    let world = world(&["a", "b"], |_| {}, function).await;
    world.queue.changed.notified().await;
    assert_eq!(*world.queue.deleted.lock().unwrap(), ["receipt-a", "receipt-b"]);
    let event = events.lock().unwrap()[0].clone();
    let expected = json!({
        "messageId": "a",
        "receiptHandle": "receipt-a",
        "body": "body-a",
        "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": "acme"},
        "messageAttributes": {
            "kind": {"stringValue": "x", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
        },
        "md5OfBody": "md5",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:work",
        "awsRegion": "us-east-1",
    });
    assert_eq!(event["Records"][0], expected);
    assert_eq!(event["Records"].as_array().unwrap().len(), 2);
    world.source.stop().await;
}

#[tokio::test]
async fn a_listed_message_stays_in_the_queue_and_the_others_go() {
    let (function, _) = recording(|_| Act::Answer(json!({"batchItemFailures": [{"itemIdentifier": "b"}]})));
    let world = world(&["a", "b", "c"], |_| {}, function).await;
    world.queue.changed.notified().await;
    world.source.stop().await;
    assert_eq!(*world.queue.deleted.lock().unwrap(), ["receipt-a", "receipt-c"]);
}

#[tokio::test]
async fn an_error_or_a_malformed_answer_deletes_nothing() {
    for answer in [
        (|_: &Value| Act::Error("broken")) as fn(&Value) -> Act,
        |_| Act::Crash,
        |_| Act::Answer(json!({"batchItemFailures": [{"itemIdentifier": ""}]})),
    ] {
        let (function, events) = recording(answer);
        let world = world(&["a", "b"], |_| {}, function).await;
        until("the invocation", || !events.lock().unwrap().is_empty()).await;
        world.source.stop().await;
        assert!(world.queue.deleted.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn without_the_setting_a_success_deletes_what_the_function_called_failed() {
    let (function, _) = recording(|_| Act::Answer(json!({"batchItemFailures": [{"itemIdentifier": "a"}]})));
    let world = world(&["a"], |spec| spec.reports_batch_item_failures = false, function).await;
    world.queue.changed.notified().await;
    assert_eq!(*world.queue.deleted.lock().unwrap(), ["receipt-a"]);
}

#[tokio::test]
async fn batches_are_no_larger_than_the_batch_size() {
    let (function, events) = recording(|_| Act::Answer(Value::Null));
    let world = world(&["a", "b", "c", "d", "e"], |spec| spec.batch_size = 2, function).await;
    until("all deleted", || world.queue.deleted.lock().unwrap().len() == 5).await;
    let sizes: Vec<usize> =
        events.lock().unwrap().iter().map(|event| event["Records"].as_array().unwrap().len()).collect();
    assert_eq!(sizes.iter().max(), Some(&2), "{sizes:?}");
    assert!(world.queue.receives.lock().unwrap().iter().all(|request| request["MaxNumberOfMessages"] == 2));
}

#[tokio::test]
async fn no_message_is_received_while_every_slot_is_taken() {
    let (function, events) = recording(|_| Act::Hang);
    let world = world(
        &["a", "b", "c"],
        |spec| {
            spec.batch_size = 1;
            spec.max_concurrency = Some(2);
        },
        function,
    )
    .await;
    until("two invocations", || events.lock().unwrap().len() == 2).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(world.queue.waiting.lock().unwrap().len(), 1);
    assert_eq!(world.queue.receives.lock().unwrap().len(), 2);
}
