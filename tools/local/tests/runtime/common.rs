//! What the tests share: a small function that speaks the Runtime API over HTTP, as a task of the test; the customers
//! table, and the URLs of a run.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use local::aws::AwsServer;
use local::aws_call::{AwsCalls, Service, http_client};
use local::demo::Endpoints;
use local::lambda::{Function, FunctionSpec, Launch};
use sandbox::Sandbox;
use serde_json::{Value, json};

/// What the fake function does with an event.
pub(crate) enum Act {
    /// Answers with this JSON.
    Answer(Value),
    /// Answers with this text, JSON or not.
    Raw(String),
    /// Reports an error.
    Error(&'static str),
    /// Ends as a crashed process does.
    Crash,
    /// Never answers.
    Hang,
}

/// A function that handles events with `handler` in each of its execution environments.
pub(crate) fn function<F, R>(concurrency: usize, timeout: Duration, handler: F) -> Function
where
    F: Fn(Value) -> R + Send + Sync + 'static,
    R: Future<Output = Act> + Send + 'static,
{
    counted(&Arc::default(), concurrency, timeout, handler)
}

/// The same, counting in `starts` how many execution environments were started.
pub(crate) fn counted<F, R>(starts: &Arc<AtomicUsize>, concurrency: usize, timeout: Duration, handler: F) -> Function
where
    F: Fn(Value) -> R + Send + Sync + 'static,
    R: Future<Output = Act> + Send + 'static,
{
    let starts = Arc::clone(starts);
    let inner = launch(handler);
    let launch = Launch::Task(Arc::new(move |address| {
        starts.fetch_add(1, Ordering::SeqCst);
        match &inner {
            Launch::Task(start) => start(address),
            Launch::Executable(path) => panic!("{path:?} is no task"),
        }
    }));
    Function::new(spec(launch, concurrency, timeout))
}

/// Execution environments that handle events with `handler`.
pub(crate) fn launch<F, R>(handler: F) -> Launch
where
    F: Fn(Value) -> R + Send + Sync + 'static,
    R: Future<Output = Act> + Send + 'static,
{
    let handler = Arc::new(handler);
    Launch::Task(Arc::new(move |address| {
        let handler = Arc::clone(&handler);
        tokio::spawn(async move { speak(address, &*handler).await })
    }))
}

pub(crate) fn spec(launch: Launch, concurrency: usize, timeout: Duration) -> FunctionSpec {
    FunctionSpec {
        name: "fake".to_owned(),
        arn: "arn:aws:lambda:us-east-1:000000000000:function:fake".to_owned(),
        launch,
        timeout,
        memory_mib: 128,
        concurrency,
        environment: std::collections::BTreeMap::new(),
        log: std::env::temp_dir().join(format!("local-tests-{}.log", std::process::id())),
    }
}

async fn speak<F, R>(address: SocketAddr, handler: &F)
where
    F: Fn(Value) -> R,
    R: Future<Output = Act>,
{
    let client = http_client().unwrap();
    let base = format!("http://{address}/2018-06-01/runtime/invocation");
    loop {
        let next = client.get(format!("{base}/next")).send().await.unwrap();
        let id = next.headers()["lambda-runtime-aws-request-id"].to_str().unwrap().to_owned();
        for name in ["lambda-runtime-deadline-ms", "lambda-runtime-invoked-function-arn", "lambda-runtime-trace-id"] {
            assert!(next.headers().contains_key(name), "{name}");
        }
        let event: Value = next.json().await.unwrap();
        let (path, body) = match handler(event).await {
            Act::Answer(answer) => ("response", answer.to_string()),
            Act::Raw(text) => ("response", text),
            Act::Error(message) => ("error", json!({"errorType": "Broken", "errorMessage": message}).to_string()),
            Act::Crash => return,
            Act::Hang => std::future::pending().await,
        };
        let answered = client.post(format!("{base}/{id}/{path}")).body(body).send().await.unwrap();
        assert_eq!(answered.status(), 202);
    }
}

/// Creates the table if it is missing.
pub(crate) async fn customers_table(calls: &AwsCalls) {
    let table = json!({
        "TableName": "customers",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    });
    match calls.call(Service::DynamoDb, "CreateTable", &table).await {
        Err(error) if error.is("ResourceInUseException") => {}
        other => drop(other.unwrap()),
    }
}

pub(crate) fn endpoints(api: &str, aws: &AwsServer, sandbox: &Sandbox) -> Endpoints {
    Endpoints {
        api: api.to_owned(),
        aws_endpoint: aws.endpoint_url().to_owned(),
        icims: sandbox.icims_url().to_owned(),
        crosschq: sandbox.crosschq_url().to_owned(),
        customers_table: "customers".to_owned(),
        secrets_prefix: "crosschq-connector".to_owned(),
    }
}
