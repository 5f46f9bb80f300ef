//! A whole stack from the fixture template, on the local AWS endpoint, with two functions of a few lines.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use local::aws::{AwsOptions, AwsServer};
use local::aws_call::{AwsCalls, Service, http_client};
use local::stack::{Stack, StackOptions};
use serde_json::{Value, json};

use crate::common::{Act, launch};

/// The queue between the two functions: `door` sends what is posted, `worker` keeps what it is given.
struct World {
    aws: AwsServer,
    stack: Stack,
    worked: Arc<Mutex<Vec<Value>>>,
}

async fn world(data_dir: &Path, worker_fails: &Arc<AtomicBool>) -> World {
    let aws =
        AwsServer::start(AwsOptions { data_dir: Some(data_dir.join("aws")), ..AwsOptions::default() }).await.unwrap();
    let calls = AwsCalls::new(aws.endpoint_url()).unwrap();
    let queue_url = format!("{}/000000000000/work", aws.endpoint_url());
    let door = launch(move |event| {
        let (calls, queue_url) = (calls.clone(), queue_url.clone());
        async move {
            let message = json!({"QueueUrl": queue_url, "MessageBody": event["body"]});
            calls.call(Service::Sqs, "SendMessage", &message).await.unwrap();
            Act::Answer(json!({"statusCode": 202}))
        }
    });
    let worked = Arc::new(Mutex::new(Vec::new()));
    let (seen, fails) = (Arc::clone(&worked), Arc::clone(worker_fails));
    let worker = launch(move |event| {
        let (seen, fails) = (Arc::clone(&seen), Arc::clone(&fails));
        async move {
            if event.get("Records").is_none() {
                return Act::Answer(Value::Null);
            }
            let record = event["Records"][0].clone();
            seen.lock().unwrap().push(record["body"].clone());
            if fails.load(Ordering::SeqCst) {
                Act::Answer(json!({"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}))
            } else {
                Act::Answer(json!({"batchItemFailures": []}))
            }
        }
    });
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sam-template/tests/fixtures/template.yaml");
    let launches = BTreeMap::from([("door".to_owned(), door), ("worker".to_owned(), worker)]);
    let mut options = StackOptions::new(template, aws.endpoint_url().to_owned(), data_dir.to_path_buf(), launches);
    options.visibility_timeout_s = Some(1);
    World { stack: Stack::up(options).await.unwrap(), aws, worked }
}

impl World {
    async fn post(&self, body: &str) -> u16 {
        let url = format!("{}/things/x", self.stack.api_url());
        let request = http_client().unwrap().post(url).header("content-type", "text/plain").body(body.to_owned());
        request.send().await.unwrap().status().as_u16()
    }

    async fn until_worked(&self, times: usize) {
        for _ in 0..500 {
            if self.worked.lock().unwrap().len() >= times {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("only {} of {times}", self.worked.lock().unwrap().len());
    }

    async fn waiting(&self, queue: &str) -> String {
        let request = json!({
            "QueueUrl": format!("{}/000000000000/{queue}", self.aws.endpoint_url()),
            "AttributeNames": ["All"],
        });
        let calls = AwsCalls::new(self.aws.endpoint_url()).unwrap();
        let answer = calls.call(Service::Sqs, "GetQueueAttributes", &request).await.unwrap();
        answer["Attributes"]["ApproximateNumberOfMessages"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_request_goes_through_the_front_the_queue_and_the_worker() {
    let data = tempfile::tempdir().unwrap();
    let world = world(data.path(), &Arc::default()).await;
    assert_eq!(world.post("one").await, 202);
    world.until_worked(1).await;
    assert_eq!(*world.worked.lock().unwrap(), [json!("one")]);
    world.stack.down().await;
}

#[tokio::test]
async fn a_message_that_always_fails_ends_in_the_dead_letter_queue() {
    let data = tempfile::tempdir().unwrap();
    let world = world(data.path(), &Arc::new(AtomicBool::new(true))).await;
    world.post("poison").await;
    world.until_worked(5).await;
    for _ in 0..300 {
        if world.waiting("work-dlq").await == "1" {
            assert_eq!(world.worked.lock().unwrap().len(), 5);
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the dead-letter queue stayed empty");
}

#[tokio::test]
async fn a_stack_that_was_cut_off_goes_on_with_its_data() {
    let data = tempfile::tempdir().unwrap();
    let fails = Arc::new(AtomicBool::new(true));
    let first = world(data.path(), &fails).await;
    first.post("unfinished").await;
    first.until_worked(1).await;
    drop(first);
    fails.store(false, Ordering::SeqCst);
    let second = world(data.path(), &fails).await;
    second.until_worked(1).await;
    assert_eq!(second.worked.lock().unwrap()[0], json!("unfinished"));
}

#[tokio::test]
async fn the_worker_is_held_to_its_role_and_its_poller_gets_along_with_it() {
    let data = tempfile::tempdir().unwrap();
    let world = world(data.path(), &Arc::default()).await;
    world.post("one").await;
    world.until_worked(1).await;
    assert!(world.aws.denied().is_empty(), "{:?}", world.aws.denied());
    let polled = |call: &local::aws::Call| call.caller == "worker" && call.action == "sqs:ReceiveMessage";
    assert!(world.aws.allowed().keys().any(polled), "the poller acts in the worker's role");

    let worker = AwsCalls::new(world.aws.endpoint_url()).unwrap().as_caller("worker");
    let message = json!({"QueueUrl": format!("{}/000000000000/work", world.aws.endpoint_url()), "MessageBody": "x"});
    let refused = worker.call(Service::Sqs, "SendMessage", &message).await.unwrap_err();
    assert!(refused.is("AccessDeniedException"), "{refused}");
    let denied: Vec<_> = world.aws.denied().into_keys().map(|call| (call.caller, call.action)).collect();
    assert_eq!(denied, [("worker".to_owned(), "sqs:SendMessage".to_owned())]);
}
