//! Records as the release after this one might write them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use connector_core::aws::check_item_key;
use connector_core::domain::{Actor, HistoryEvent, RecognizedBy, Stamp};
use connector_core::failure::Failure;
use connector_core::ports::{ReadChecks as _, Write, WriteChecks as _};

use crate::checks::{NOW, RETENTION_DAYS, claim, correlation, due, key};
use crate::engine::Engine;

type Item = HashMap<String, AttributeValue>;

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn map<const N: usize>(fields: [(&str, AttributeValue); N]) -> AttributeValue {
    AttributeValue::M(fields.map(|(name, value)| (name.to_owned(), value)).into())
}

async fn stored(engine: &Engine) -> Item {
    let (dynamodb, ..) = engine.aws.sdk();
    let key = check_item_key(&key("1", 1));
    let read = dynamodb.get_item().table_name(format!("{}-checks", engine.name)).set_key(Some(key));
    read.consistent_read(true).send().await.unwrap().item.unwrap()
}

async fn put(engine: &Engine, item: &Item) {
    let (dynamodb, ..) = engine.aws.sdk();
    let put = dynamodb.put_item().table_name(format!("{}-checks", engine.name)).set_item(Some(item.clone()));
    put.send().await.unwrap();
}

#[tokio::test]
async fn a_check_of_the_release_after_keeps_what_we_do_not_know() {
    let engine = Engine::start().await;
    let store = engine.aws.store().unwrap();
    assert_eq!(store.insert(&claim(key("1", 1)), RETENTION_DAYS).await, Ok(Write::Stored));
    let mut item = stored(&engine).await;
    let added = map([("given", AttributeValue::Bool(true)), ("of", AttributeValue::Ss(vec!["a".into(), "b".into()]))]);
    let paused = map([
        ("at", number(NOW.ms() + 5)),
        ("actor", text("auditor")),
        ("event", text("paused")),
        ("rules", AttributeValue::L(vec![number(7), map([("deep", AttributeValue::Null(true))])])),
        ("correlation_id", text("c-9")),
    ]);
    item.insert("consent".to_owned(), added.clone());
    let AttributeValue::L(mut history) = item["history"].clone() else { panic!("no history") };
    history.push(paused.clone());
    item.insert("history".to_owned(), AttributeValue::L(history));
    put(&engine, &item).await;

    let mut check = store.load(&key("1", 1)).await.unwrap().unwrap();
    assert!(matches!(check.history()[1].event, HistoryEvent::Unknown(_)), "{:?}", check.history());
    let (by, cause) = (Actor::Requester, correlation());
    check.requested(&"6b1f".parse().unwrap(), RecognizedBy::Reply, &Stamp { by, cause: &cause, now: NOW });
    assert_eq!(store.save(&mut check, RETENTION_DAYS).await, Ok(Write::Stored));

    let kept = stored(&engine).await;
    assert_eq!(kept["consent"], added);
    let AttributeValue::L(history) = &kept["history"] else { panic!("no history") };
    assert_eq!((history.len(), &history[1]), (3, &paused));
    assert_eq!(store.load(&key("1", 1)).await, Ok(Some(check)));
}

/// What an update leaves alone must be what we do not know, and nothing else.
#[tokio::test]
async fn what_we_know_and_a_check_does_not_have_any_more_is_removed() {
    let engine = Engine::start().await;
    let store = engine.aws.store().unwrap();
    let mut check = claim(key("1", 1));
    assert_eq!(store.insert(&check, RETENTION_DAYS).await, Ok(Write::Stored));
    check.timing.due_at = None;
    assert_eq!(store.save(&mut check, RETENTION_DAYS).await, Ok(Write::Stored));
    let item = stored(&engine).await;
    assert!(!item.contains_key("due_at") && !item.contains_key("due_shard"), "{item:?}");
    assert!(due(&store, NOW.after(std::time::Duration::from_secs(86_400))).await.is_empty());
}

#[tokio::test]
async fn a_check_of_the_release_after_in_a_stage_that_we_do_not_know_is_tried_again_later_and_keeps_nobody_from_its_due()
 {
    let engine = Engine::start().await;
    let store = engine.aws.store().unwrap();
    let mut check = claim(key("1", 1));
    assert_eq!(store.insert(&check, RETENTION_DAYS).await, Ok(Write::Stored));
    let mut item = stored(&engine).await;
    item.insert("version".to_owned(), number(2));
    item.insert("phase".to_owned(), map([("paused", map([("by", text("recruiter"))]))]));
    item.insert("state".to_owned(), text("paused"));
    put(&engine, &item).await;

    let is_left = |failure: Failure| matches!(&failure, Failure::Retry { why, .. } if why.contains("later release"));
    assert!(is_left(store.load(&check.key).await.unwrap_err()));
    assert!(is_left(store.latest(&check.key.customer, &check.key.workflow).await.unwrap_err()));
    assert!(is_left(store.save(&mut check, RETENTION_DAYS).await.unwrap_err()), "over a version that is there no more");
    assert_eq!(stored(&engine).await, item);
    assert_eq!(due(&store, NOW.after(std::time::Duration::from_secs(86_400))).await.len(), 1);
}
