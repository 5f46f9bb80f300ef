//! Settings and templates, from the table to the domain.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use connector_core::domain::{CustomerId, Settings};
use connector_core::failure::Failure;
use connector_core::ports::Customers;
use serde_json::{Value, json};

use crate::engine::Engine;

fn customer() -> CustomerId {
    "1234".parse().unwrap()
}

fn settings() -> Value {
    json!({"enabled": true, "crosschq": {"timeout_ms": 5000, "status_words": {"done": "completed"}}, "icims": {
        "region": "us", "push": {"accept": ["basic", "hmac"]}, "statuses": {"trigger": ["C1"], "rejected": ["C2"]},
        "requester": ["recruiter", {"fixed": "staff@example.test"}]}, "retention_days": 30})
}

fn template(tag: &str) -> Value {
    json!({"name": tag, "tag": tag, "survey": "s-1", "references": {"managers": 2, "peers": 1},
           "notes": [{"relationship": "managers", "note": "the latest one"}]})
}

async fn put(engine: &Engine, sk: &str, record: &Value) {
    let (dynamodb, ..) = engine.aws.sdk();
    let table = format!("{}-customers", engine.name);
    let mut put = dynamodb.put_item().table_name(table).set_item(Some(members(record)));
    for (name, value) in [("pk", "1234"), ("sk", sk)] {
        put = put.item(name, AttributeValue::S(value.to_owned()));
    }
    put.item("version", AttributeValue::N("1".to_owned())).send().await.unwrap();
}

pub(crate) fn members(record: &Value) -> HashMap<String, AttributeValue> {
    record.as_object().unwrap().iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(value) => AttributeValue::Bool(*value),
        Value::Number(value) => AttributeValue::N(value.to_string()),
        Value::String(value) => AttributeValue::S(value.clone()),
        Value::Array(values) => AttributeValue::L(values.iter().map(attribute).collect()),
        Value::Object(_) => AttributeValue::M(members(value)),
    }
}

#[tokio::test]
async fn settings_and_templates_make_the_round_trip_in_one_call() {
    let engine = Engine::start().await;
    put(&engine, "settings", &settings()).await;
    put(&engine, "template#sales", &template("sales")).await;
    put(&engine, "template#field", &template("field")).await;
    engine.calls().await;
    let customers = engine.aws.customers().unwrap();
    let found = customers.customer(&customer()).await.unwrap().unwrap();
    assert_eq!(found.settings, serde_json::from_value::<Settings>(settings()).unwrap());
    let mut tags: Vec<_> = found.templates.iter().map(|template| template.tag.as_str()).collect();
    tags.sort_unstable();
    assert_eq!(tags, ["field", "sales"]);
    customers.customer(&customer()).await.unwrap();
    assert_eq!(engine.calls().await, json!({"DynamoDB_20120810.Query": 1}));
}

#[tokio::test]
async fn an_unknown_customer_is_nobody_and_is_not_asked_for_twice() {
    let engine = Engine::start().await;
    let customers = engine.aws.customers().unwrap();
    engine.calls().await;
    for _ in 0..3 {
        assert!(customers.customer(&customer()).await.unwrap().is_none());
    }
    assert_eq!(engine.calls().await, json!({"DynamoDB_20120810.Query": 1}));
}

#[tokio::test]
async fn a_template_that_does_not_hold_is_left_out() {
    let engine = Engine::start().await;
    put(&engine, "settings", &settings()).await;
    put(&engine, "template#good", &template("good")).await;
    let mut nobody_asked = template("empty");
    nobody_asked["references"] = json!({});
    put(&engine, "template#empty", &nobody_asked).await;
    let found = engine.aws.customers().unwrap().customer(&customer()).await.unwrap().unwrap();
    let tags: Vec<_> = found.templates.iter().map(|template| template.tag.as_str()).collect();
    assert_eq!(tags, ["good"]);
}

#[tokio::test]
async fn settings_that_do_not_hold_are_our_failure_until_they_are_mended() {
    let engine = Engine::start().await;
    let mut broken = settings();
    broken["icims"]["statuses"]["trigger"] = json!([]);
    put(&engine, "settings", &broken).await;
    let customers = engine.aws.customers().unwrap();
    let Err(Failure::Internal { why, .. }) = customers.customer(&customer()).await else { panic!("not internal") };
    assert!(why.contains("icims.statuses.trigger"), "{why}");
    put(&engine, "settings", &settings()).await;
    assert!(customers.customer(&customer()).await.unwrap().is_some());
}
