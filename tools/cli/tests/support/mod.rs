//! What the tests of the command line share: AWS made from `template.yaml`, iCIMS and Crosschq, all in the test process,
//! and the real binary on them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::allow_attributes, missing_docs, dead_code, unreachable_pub)]

mod deployed;
mod ran;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use connector_core::domain::CustomerId;
use local::aws_call::Service;
use local::demo::{Variant, seed};
use sandbox::world::{Demo, DemoOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::TestEnv;
use tokio::io::AsyncWriteExt as _;

pub use ran::Ran;

/// Longest time for one command: what hangs fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that a command touches.
pub struct Stage {
    env: TestEnv,
    /// The ids of the demo world: customer 1234 at iCIMS, its organization at Crosschq.
    pub demo: Demo,
    /// A folder of the test's own; also the operator's home.
    pub home: TempDir,
}

impl std::ops::Deref for Stage {
    type Target = TestEnv;

    fn deref(&self) -> &TestEnv {
        &self.env
    }
}

impl Stage {
    /// The stack without any customer; iCIMS and Crosschq know customer 1234.
    pub async fn empty() -> Self {
        // Nothing listens there: the tests read what is reported about it.
        let env = TestEnv::start("http://127.0.0.1:9").await;
        let demo = env.control.demo(&DemoOptions::default()).await.unwrap();
        let stage = Self { env, demo, home: TempDir::new().unwrap() };
        deployed::describe(&stage).await;
        stage
    }

    /// The stack with customer 1234 as the demo has it: settings, one template, secret.
    pub async fn with_demo() -> Self {
        let stage = Self::empty().await;
        seed::seed_customer(&stage.place, Variant::default(), false).await.unwrap();
        stage
    }

    /// Runs `connector --local=… <arguments>` with nothing on standard input.
    pub async fn connector(&self, arguments: &[&str]) -> Ran {
        self.connector_reading(arguments, "").await
    }

    /// Runs `connector --local=… <arguments>` with a text on standard input.
    pub async fn connector_reading(&self, arguments: &[&str], stdin: &str) -> Ran {
        let local = format!("--local={}", self.place.aws_endpoint);
        let mut all = vec![local.as_str()];
        all.extend(arguments);
        self.run(&all, &[], stdin).await
    }

    /// Runs `connector <arguments>` with these variables, the operator's home, and nothing else of the environment.
    pub async fn run(&self, arguments: &[&str], variables: &[(&str, &str)], stdin: &str) -> Ran {
        let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_connector"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .current_dir(self.home.path())
            // No start may wait for a metadata service that is not there.
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        // A command that reads nothing may be gone already.
        let _ = input.write_all(stdin.as_bytes()).await;
        drop(input);
        let output =
            tokio::time::timeout(PATIENCE, child.wait_with_output()).await.expect("the command hangs").unwrap();
        Ran::of(arguments, output)
    }

    /// Writes a file into the test's folder and gives its path.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path: PathBuf = self.home.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// The bodies of up to ten messages that wait in a queue; they are gone from it then.
    pub async fn take_messages(&self, logical_id: &str) -> Vec<Value> {
        let url = self.queue_url(logical_id);
        let receive = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0});
        let answer = self.calls.call(Service::Sqs, "ReceiveMessage", &receive).await.unwrap();
        let mut bodies = Vec::new();
        for message in answer["Messages"].as_array().into_iter().flatten() {
            let delete = json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]});
            self.calls.call(Service::Sqs, "DeleteMessage", &delete).await.unwrap();
            bodies.push(serde_json::from_str(message["Body"].as_str().unwrap()).unwrap());
        }
        bodies
    }

    /// Every item of a table as it is stored, in DynamoDB's JSON.
    pub async fn items(&self, table: &str) -> Vec<Value> {
        let scan = json!({"TableName": self.template.table(table).unwrap().name, "ConsistentRead": true});
        let answer = self.calls.call(Service::DynamoDb, "Scan", &scan).await.unwrap();
        answer["Items"].as_array().cloned().unwrap_or_default()
    }

    /// A record of a customer in the customers table, in DynamoDB's JSON.
    pub async fn record(&self, customer: &str, sk: &str) -> Option<Value> {
        let key = json!({"pk": {"S": customer}, "sk": {"S": sk}});
        let get = json!({"TableName": self.place.customers_table, "Key": key, "ConsistentRead": true});
        let answer = self.calls.call(Service::DynamoDb, "GetItem", &get).await.unwrap();
        answer.get("Item").cloned()
    }

    /// The JSON of a customer's secret at a stage (`AWSCURRENT`, …), if there is one.
    pub async fn secret(&self, customer: &str, stage: &str) -> Option<Value> {
        let id = format!("{}/customers/{customer}", self.place.secrets_prefix);
        let get = json!({"SecretId": id, "VersionStage": stage});
        let answer = self.calls.call(Service::SecretsManager, "GetSecretValue", &get).await.ok()?;
        Some(serde_json::from_str(answer["SecretString"].as_str().unwrap()).unwrap())
    }

    /// Changes customer 1234's settings behind everybody's back, by a JSON merge patch of the demo's.
    pub async fn change_settings(&self, patch: Value) {
        seed::change_settings(&self.place, Variant::default(), &self.demo, &patch).await.unwrap();
    }

    /// Sets a fault of the local AWS, e.g. `{"target": "DynamoDB_20120810.Query", "kind": "throttle", "times": 9}`.
    pub async fn aws_fault(&self, fault: Value) {
        self.control_aws("faults", fault).await;
    }

    /// Lets the operator of `--local` do only this: statements of an IAM policy.
    pub async fn permit(&self, statements: Value) {
        self.control_aws("policies", json!({"operator": statements})).await;
    }

    /// A call of the local AWS's switchboard.
    pub async fn control_aws(&self, call: &str, body: Value) -> Value {
        let url = format!("{}/__local/{call}", self.place.aws_endpoint);
        let client = local::aws_call::http_client().unwrap();
        let answer = client.post(url).json(&body).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{call}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Changes what CloudFormation says of the stack.
    pub async fn redescribe(&self, change: impl FnOnce(&mut Value)) {
        let client = local::aws_call::http_client().unwrap();
        let url = format!("{}/__local/stack", self.place.aws_endpoint);
        let mut deployment: Value = client.get(url).send().await.unwrap().json().await.unwrap();
        change(&mut deployment["stack"]);
        self.control_aws("stack", deployment).await;
    }

    /// Has the stack say that it was deployed from this release.
    pub async fn deployed_from(&self, release: &str) {
        self.output("Release", release).await;
    }

    /// Gives one of the stack's outputs another value.
    pub async fn output(&self, key: &str, value: &str) {
        self.redescribe(|stack| {
            let outputs = stack["Outputs"].as_array_mut().unwrap();
            let output = outputs.iter_mut().find(|output| output["OutputKey"] == key).unwrap();
            output["OutputValue"] = json!(value);
        })
        .await;
    }

    /// The variables that lead to the local AWS without `--local`, with no region.
    pub fn aws(&self) -> Vec<(&str, &str)> {
        vec![
            ("AWS_ENDPOINT_URL", self.place.aws_endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "operator"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
        ]
    }

    /// The demo's customer.
    pub fn customer(&self) -> CustomerId {
        CustomerId::parse(&self.demo.customer).unwrap()
    }
}
