//! A run on the data of an earlier one, at other addresses: what an operator did in between is still there.

use std::path::{Path, PathBuf};

use local::aws::{AwsOptions, AwsServer};
use local::aws_call::{AwsCalls, Service};
use local::demo::{Endpoints, Push, Variant, resume, seed};
use sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{customers_table, endpoints};

const SECRET: &str = "crosschq-connector/customers/1234";

/// Vendors and AWS on one data directory, and whatever API there is.
struct Run {
    sandbox: Sandbox,
    _aws: AwsServer,
    calls: AwsCalls,
    endpoints: Endpoints,
    data: PathBuf,
}

impl Run {
    /// Like another run each time: on free ports, with the API at `api`.
    async fn begin(data: &Path, api: &str) -> Self {
        let state = Some(data.join("sandbox.json"));
        let sandbox = Sandbox::start(SandboxOptions { state, ..SandboxOptions::default() }).await.unwrap();
        let aws =
            AwsServer::start(AwsOptions { data_dir: Some(data.join("aws")), ..AwsOptions::default() }).await.unwrap();
        let calls = AwsCalls::new(aws.endpoint_url()).unwrap();
        customers_table(&calls).await;
        let endpoints = endpoints(api, &aws, &sandbox);
        Self { sandbox, _aws: aws, calls, endpoints, data: data.to_owned() }
    }

    /// Sets the stage as `--serve` does; says whether it was set before.
    async fn stage(&self, push: Push) -> bool {
        resume::seed_or_resume(&self.endpoints, Variant { push, ..Variant::default() }, &self.data).await.unwrap().1
    }

    async fn record(&self, sk: &str) -> Value {
        let request = json!({"TableName": "customers", "Key": {"pk": {"S": "1234"}, "sk": {"S": sk}}});
        self.calls.call(Service::DynamoDb, "GetItem", &request).await.unwrap()["Item"].take()
    }

    /// Sets one attribute of a record, as an editor would.
    async fn edit(&self, sk: &str, attribute: &str, value: Value) {
        let names: serde_json::Map<String, Value> =
            attribute.split('.').map(|name| (format!("#{name}"), json!(name))).collect();
        let at = names_of(attribute);
        let request = json!({
            "TableName": "customers",
            "Key": {"pk": {"S": "1234"}, "sk": {"S": sk}},
            "UpdateExpression": format!("SET {at} = :value"),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {":value": value},
        });
        self.calls.call(Service::DynamoDb, "UpdateItem", &request).await.unwrap();
    }

    async fn secret(&self) -> Value {
        self.calls.call(Service::SecretsManager, "GetSecretValue", &json!({"SecretId": SECRET})).await.unwrap()
    }

    async fn push(&self) -> Value {
        json!(self.sandbox.control().icims("1234").settings().await.unwrap().push)
    }

    async fn callback(&self) -> Value {
        json!(self.sandbox.control().crosschq("1234").settings().await.unwrap().callback)
    }
}

fn names_of(attribute: &str) -> String {
    attribute.split('.').map(|name| format!("#{name}")).collect::<Vec<_>>().join(".")
}

#[tokio::test]
async fn what_an_operator_changed_survives_the_next_start() {
    let data = TempDir::new().unwrap();
    let first = Run::begin(data.path(), "http://127.0.0.1:21").await;
    assert!(!first.stage(Push::OAuth).await, "nothing was there");
    first.edit("settings", "retention_days", json!({"N": "7"})).await;
    first.edit("settings", "icims.stage_statuses", json!({"M": {}})).await;
    first.edit("template#sales-ae", "survey", json!({"S": "software-engineer"})).await;
    let rotated = json!({
        "SecretId": SECRET,
        "SecretString": json!({"callback": {"path_secret": "rotated", "token": "rotated"}}).to_string(),
        "ClientRequestToken": uuid::Uuid::new_v4().to_string(),
    });
    first.calls.call(Service::SecretsManager, "PutSecretValue", &rotated).await.unwrap();
    let icims = first.sandbox.control().icims("1234");
    icims.configure(json!({"push": {"gzip": false, "statuses": ["C38356"]}})).await.unwrap();
    let callback = json!({"callback": {"url": "http://127.0.0.1:21/crosschq/callbacks/1234/rotated"}});
    first.sandbox.control().crosschq("1234").configure(callback).await.unwrap();
    let (mut settings, mut push) = (first.record("settings").await, first.push().await);
    let (template, secret) = (first.record("template#sales-ae").await, first.secret().await);
    drop(first);

    let second = Run::begin(data.path(), "http://127.0.0.1:22").await;
    // Another variant is for a new customer.
    assert!(second.stage(Push::Basic).await);
    settings["icims"]["M"]["hosts"]["M"]["auth_base"] = json!({"S": second.endpoints.icims});
    settings["icims"]["M"]["hosts"]["M"]["api_base"] = json!({"S": second.endpoints.icims});
    settings["crosschq"]["M"]["base_url"] = json!({"S": second.endpoints.crosschq});
    // Three addresses changed: whoever has the record open in an editor must not put the old ones back.
    settings["version"] = json!({"N": "3"});
    assert_eq!(second.record("settings").await, settings);
    assert_eq!(second.record("template#sales-ae").await, template);
    assert_eq!(second.secret().await, secret);
    push["url"] = json!("http://127.0.0.1:22/icims/events");
    push["auth"]["token_url"] = json!("http://127.0.0.1:22/icims/oauth/token");
    assert_eq!(second.push().await, push);
    assert_eq!(second.callback().await["url"], "http://127.0.0.1:22/crosschq/callbacks/1234/rotated");
}

#[tokio::test]
async fn what_an_operator_pointed_elsewhere_stays_there() {
    let data = TempDir::new().unwrap();
    let first = Run::begin(data.path(), "http://127.0.0.1:21").await;
    first.stage(Push::Basic).await;
    first.edit("settings", "crosschq.base_url", json!({"S": "https://elsewhere.example"})).await;
    first.edit("settings", "icims.hosts.api_base", json!({"S": "http://127.0.0.1:2"})).await;
    let push = json!({"push": {"url": "http://127.0.0.1:210/icims/events"}});
    first.sandbox.control().icims("1234").configure(push).await.unwrap();
    first.sandbox.control().crosschq("1234").configure(json!({"callback": {"url": null}})).await.unwrap();
    drop(first);

    let second = Run::begin(data.path(), "http://127.0.0.1:22").await;
    second.stage(Push::Basic).await;
    let settings = second.record("settings").await;
    assert_eq!(settings["crosschq"]["M"]["base_url"]["S"], "https://elsewhere.example");
    assert_eq!(settings["icims"]["M"]["hosts"]["M"]["api_base"]["S"], "http://127.0.0.1:2");
    assert_eq!(
        settings["icims"]["M"]["hosts"]["M"]["auth_base"]["S"], second.endpoints.icims,
        "this one still follows"
    );
    assert_eq!(second.push().await["url"], "http://127.0.0.1:210/icims/events");
    assert_eq!(second.callback().await["url"], Value::Null);
}

#[tokio::test]
async fn a_customer_that_was_removed_stays_removed() {
    let data = TempDir::new().unwrap();
    let first = Run::begin(data.path(), "http://127.0.0.1:21").await;
    first.stage(Push::Basic).await;
    for sk in ["settings", "template#sales-ae"] {
        let request = json!({"TableName": "customers", "Key": {"pk": {"S": "1234"}, "sk": {"S": sk}}});
        first.calls.call(Service::DynamoDb, "DeleteItem", &request).await.unwrap();
    }
    drop(first);
    let second = Run::begin(data.path(), "http://127.0.0.1:22").await;
    assert!(second.stage(Push::Basic).await);
    assert_eq!(second.record("settings").await, Value::Null);
    assert_eq!(second.record("template#sales-ae").await, Value::Null);
}

#[tokio::test]
async fn a_first_start_that_was_killed_midway_is_finished_by_the_next() {
    let data = TempDir::new().unwrap();
    let first = Run::begin(data.path(), "http://127.0.0.1:21").await;
    // As far as it came: the settings are its last step.
    seed::seed_customer(&first.endpoints, Variant::default(), false).await.unwrap();
    let request = json!({"TableName": "customers", "Key": {"pk": {"S": "1234"}, "sk": {"S": "settings"}}});
    first.calls.call(Service::DynamoDb, "DeleteItem", &request).await.unwrap();
    drop(first);
    let second = Run::begin(data.path(), "http://127.0.0.1:22").await;
    assert!(!second.stage(Push::Basic).await);
    assert_eq!(second.record("settings").await["crosschq"]["M"]["base_url"]["S"], second.endpoints.crosschq);
    assert_eq!(second.push().await["url"], "http://127.0.0.1:22/icims/events");
}

#[tokio::test]
async fn addresses_left_behind_by_a_start_that_was_killed_midway_are_found_by_the_next() {
    let data = TempDir::new().unwrap();
    let first = Run::begin(data.path(), "http://127.0.0.1:21").await;
    first.stage(Push::Basic).await;
    let (icims, crosschq) = (first.endpoints.icims.clone(), first.endpoints.crosschq.clone());
    drop(first);
    // The second run moved the push and noted where it is; then it was killed.
    let noted = data.path().join("addresses.json");
    let mut record: Value = serde_json::from_slice(&std::fs::read(&noted).unwrap()).unwrap();
    let addresses = record["addresses"].as_array_mut().unwrap();
    addresses.push(json!({"api": "http://127.0.0.1:22", "icims": icims, "crosschq": crosschq}));
    std::fs::write(&noted, record.to_string()).unwrap();
    let second = Run::begin(data.path(), "http://127.0.0.1:22").await;
    let push = json!({"push": {"url": "http://127.0.0.1:22/icims/events"}});
    second.sandbox.control().icims("1234").configure(push).await.unwrap();
    drop(second);

    let third = Run::begin(data.path(), "http://127.0.0.1:23").await;
    third.stage(Push::Basic).await;
    assert_eq!(third.push().await["url"], "http://127.0.0.1:23/icims/events");
    let callback = third.callback().await["url"].as_str().unwrap().to_owned();
    assert!(callback.starts_with("http://127.0.0.1:23/crosschq/callbacks/1234/"), "{callback}");
    let settings = third.record("settings").await;
    assert_eq!(settings["crosschq"]["M"]["base_url"]["S"], third.endpoints.crosschq);
}
