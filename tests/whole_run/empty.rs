//! A run that knows no customer: where somebody begins who onboards one.

use local::aws_call::{AwsCalls, Service, http_client};
use sandbox::control::Control;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::alone;
use crate::process::{Run, START, free_ports};

/// The stack's outputs, as anybody finds them who has the endpoint and the stack's name.
async fn stack(aws: &str) -> String {
    let form = "Action=DescribeStacks&Version=2010-05-15&StackName=crosschq-connector";
    let answer = http_client().unwrap().post(aws).body(form).send().await.unwrap();
    assert!(answer.status().is_success());
    answer.text().await.unwrap()
}

async fn customers(calls: &AwsCalls) -> Value {
    calls.call(Service::DynamoDb, "Scan", &json!({"TableName": "customers"})).await.unwrap()["Count"].take()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_run_begins_from_nothing_each_time_and_tells_where_everything_is() {
    let _alone = alone().await;
    let data = TempDir::new().unwrap();
    let port = free_ports();
    let (api, aws) = (format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{}", port + 3));
    let port = port.to_string();
    let arguments = ["--serve", "--empty", "--data", data.path().to_str().unwrap(), "--port", &port];
    let mut run = Run::start(&arguments).await;
    run.says("The connector has no customer yet", START).await;

    assert!(stack(&aws).await.contains(&format!("<OutputKey>ApiUrl</OutputKey><OutputValue>{api}</OutputValue>")));
    let calls = AwsCalls::new(&aws).unwrap();
    assert_eq!(customers(&calls).await, 0);
    let said = run.said();
    let icims = said.lines().find_map(|line| line.trim().strip_prefix("iCIMS      ")).unwrap();
    let demo = sandbox::world::demo();
    let customer = Control::new(icims).icims(&demo.customer);
    let settings = customer.settings().await.unwrap();
    assert!(said.contains(&settings.client_secret), "whoever onboards is told what iCIMS would hand over");
    assert_eq!(settings.push.url, None, "nobody has entered a subscription");
    customer.configure(json!({"push": {"url": "http://127.0.0.1:9/entered"}})).await.unwrap();
    let item = json!({"TableName": "customers", "Item": {"pk": {"S": "1234"}, "sk": {"S": "settings"}}});
    calls.call(Service::DynamoDb, "PutItem", &item).await.unwrap();
    assert_eq!(customers(&calls).await, 1);
    run.kill_all().await;

    let mut run = Run::start(&arguments).await;
    run.says("The connector has no customer yet", START).await;
    assert_eq!(customers(&calls).await, 0);
    assert_eq!(customer.settings().await.unwrap().push.url, None);
    run.kill_all().await;
}
