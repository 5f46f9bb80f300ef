//! What any `Watermarks` and `OptedIn` have to do, played on DynamoDB.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use connector_core::aws::SETTINGS_REVISION;
use connector_core::domain::{CustomerId, MissedPushes, Timestamp, Watermark};
use connector_core::ports::{OptedIn, Watermarks};
use serde_json::json;

use crate::customers::members;
use crate::engine::Engine;

const NOW: Timestamp = Timestamp::from_s(1_767_225_600);

fn id(text: &str) -> CustomerId {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_watermark_reads_back_and_is_written_only_over_the_one_that_was_loaded() {
    let engine = Engine::start().await;
    let marks = engine.aws.watermarks().unwrap();
    let customer = id("1234");
    assert_eq!(marks.load(&customer).await.unwrap(), None);
    assert!(!marks.save(&customer, &mut Watermark::begin(NOW)).await.unwrap(), "none stands there");
    marks.reset(&customer, &Watermark::begin(NOW)).await.unwrap();

    let mut first = marks.load(&customer).await.unwrap().unwrap();
    let mut second = first.clone();
    assert_eq!(first, Watermark::begin(NOW));
    first.begin_scan(&MissedPushes::default(), NOW.after(Duration::from_secs(3_600)));
    first.pass.as_mut().unwrap().advance("41".parse().unwrap());
    assert!(marks.save(&customer, &mut first).await.unwrap());
    assert_eq!(marks.load(&customer).await.unwrap().unwrap(), first);
    assert!(!marks.save(&customer, &mut second).await.unwrap(), "somebody looked meanwhile");
    assert!(marks.save(&customer, &mut first).await.unwrap(), "its writer goes on");
    assert_eq!(marks.load(&id("5678")).await.unwrap(), None, "each customer has its own");

    marks.reset(&customer, &Watermark::begin(NOW)).await.unwrap();
    assert!(!marks.save(&customer, &mut first).await.unwrap(), "begun anew");
}

#[tokio::test]
async fn the_roster_is_replaced_whole() {
    let engine = Engine::start().await;
    let marks = engine.aws.watermarks().unwrap();
    assert_eq!(marks.roster().await.unwrap(), []);
    for customers in [vec![id("1"), id("2")], vec![id("2")], Vec::new()] {
        marks.set_roster(&customers).await.unwrap();
        assert_eq!(marks.roster().await.unwrap(), customers);
    }
}

#[tokio::test]
async fn who_is_on_and_asked_for_it_is_opted_in() {
    let engine = Engine::start().await;
    let (dynamodb, ..) = engine.aws.sdk();
    let settings =
        |enabled: bool, icims: serde_json::Value| json!({"enabled": enabled, "crosschq": {}, "icims": icims});
    let on = json!({"region": "us", "find_missed_pushes": {}});
    let off = json!({"region": "us"});
    for (pk, sk, record) in [
        ("1", "settings", settings(true, on.clone())),
        ("1", "template#sales", json!({"enabled": true, "icims": {"find_missed_pushes": {}}})),
        ("2", "settings", settings(true, off)),
        ("3", "settings", settings(false, on.clone())),
        ("4", "settings", settings(true, on)),
    ] {
        let mut item: HashMap<String, AttributeValue> = members(&record);
        for (name, value) in [("pk", pk), ("sk", sk)] {
            item.insert(name.to_owned(), AttributeValue::S(value.to_owned()));
        }
        let put = dynamodb.put_item().table_name(format!("{}-customers", engine.name)).set_item(Some(item));
        put.send().await.unwrap();
    }
    let mut found = engine.aws.customers().unwrap().opted_in().await.unwrap();
    found.sort();
    assert_eq!(found, [id("1"), id("4")]);
}

/// Scans since the last question.
async fn scans(engine: &Engine) -> u64 {
    engine.calls().await["DynamoDB_20120810.Scan"].as_u64().unwrap_or(0)
}

async fn put_settings(engine: &Engine, customer: &str, icims: serde_json::Value) {
    let (dynamodb, ..) = engine.aws.sdk();
    let mut item = members(&json!({"enabled": true, "crosschq": {}, "icims": icims}));
    for (name, value) in [("pk", customer), ("sk", "settings")] {
        item.insert(name.to_owned(), AttributeValue::S(value.to_owned()));
    }
    dynamodb.put_item().table_name(format!("{}-customers", engine.name)).set_item(Some(item)).send().await.unwrap();
}

/// What the command line does in the transaction of its write.
async fn count_revision_up(engine: &Engine) {
    let (pk, sk, number) = SETTINGS_REVISION;
    let (dynamodb, ..) = engine.aws.sdk();
    let update = dynamodb
        .update_item()
        .table_name(format!("{}-customers", engine.name))
        .key("pk", AttributeValue::S(pk.to_owned()))
        .key("sk", AttributeValue::S(sk.to_owned()))
        .update_expression("ADD #number :one")
        .expression_attribute_names("#number", number)
        .expression_attribute_values(":one", AttributeValue::N("1".to_owned()));
    update.send().await.unwrap();
}

#[tokio::test]
async fn the_customers_are_scanned_again_only_after_settings_were_written() {
    let engine = Engine::start().await;
    let customers = engine.aws.customers().unwrap();
    put_settings(&engine, "1", json!({"region": "us"})).await;
    count_revision_up(&engine).await;
    engine.calls().await;
    for _ in 0..288 {
        assert_eq!(customers.opted_in().await.unwrap(), []);
    }
    assert_eq!(scans(&engine).await, 1, "a day's runs of one process, with nobody opted in");

    put_settings(&engine, "1", json!({"region": "us", "find_missed_pushes": {}})).await;
    count_revision_up(&engine).await;
    for _ in 0..3 {
        assert_eq!(customers.opted_in().await.unwrap(), [id("1")]);
    }
    assert_eq!(scans(&engine).await, 1);
}

#[tokio::test]
async fn a_table_that_counts_no_revision_yet_is_scanned_each_time() {
    let engine = Engine::start().await;
    let customers = engine.aws.customers().unwrap();
    assert_eq!(customers.opted_in().await.unwrap(), []);
    put_settings(&engine, "1", json!({"region": "us", "find_missed_pushes": {}})).await;
    assert_eq!(customers.opted_in().await.unwrap(), [id("1")]);
    assert_eq!(scans(&engine).await, 2);
}
