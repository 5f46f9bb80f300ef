//! Personal data passes through and stays nowhere.

use local::aws_call::{AwsCalls, Service};
use serde_json::{Value, json};

use crate::world;

/// Every text of a person's profile that could identify them.
async fn personal_texts(world: &testkit::World, person: u64) -> Vec<String> {
    let path = format!("icims/customers/{}/profiles/people/{person}", world.demo.customer);
    let profile = world.control.call(reqwest::Method::GET, &path, None).await.unwrap();
    let mut texts = Vec::new();
    fn collect(value: &Value, wanted: bool, texts: &mut Vec<String>) {
        match value {
            Value::Object(entries) => {
                for (name, value) in entries {
                    collect(value, ["firstname", "lastname", "email", "phonenumber"].contains(&name.as_str()), texts);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, wanted, texts)),
            Value::String(text) if wanted => texts.push(text.clone()),
            _ => {}
        }
    }
    collect(&profile, false, &mut texts);
    assert!(texts.len() >= 3, "the fixture has a name, an address and a phone: {}", texts.len());
    texts
}

#[tokio::test]
async fn no_name_address_phone_or_report_link_is_left_in_tables_or_queues() {
    let world = world().await;
    let request = world.ordered().await;
    world.crosschq().completes(&request).await;
    let mut texts = personal_texts(&world, world.demo.complete.person).await;
    let view = world.screen(world.ada()).await;
    texts.extend(view.row().url.clone());

    let calls = AwsCalls::new(world.aws.endpoint_url()).unwrap();
    let tables = calls.call(Service::DynamoDb, "ListTables", &json!({})).await.unwrap();
    let mut at_rest = world.pipe.all_bodies().join("\n");
    for table in tables["TableNames"].as_array().unwrap() {
        let items = calls.call(Service::DynamoDb, "Scan", &json!({"TableName": table})).await.unwrap();
        at_rest.push_str(&items.to_string());
    }
    assert!(at_rest.contains(&request), "the check itself is there");
    for text in texts {
        assert!(!at_rest.contains(&text), "personal data at rest ({} characters)", text.len());
    }
}
