//! What an operator's tool requires of tables and secrets beyond what the functions require: scans with filters,
//! transactions.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use aws_sdk_secretsmanager::types::Tag;

use crate::dynamodb::{exists, put, table};
use crate::support::in_memory;

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

async fn get(dynamodb: &Client, key: &str, attribute: &str) -> Option<AttributeValue> {
    let found = dynamodb.get_item().table_name("checks").key("pk", text(key)).send().await.unwrap();
    found.item?.get(attribute).cloned()
}

#[tokio::test]
async fn a_scan_reads_all_pages_of_what_the_filter_lets_through() {
    let aws = in_memory().await;
    let dynamodb = aws.dynamodb();
    table(&dynamodb).await;
    for n in 0..25 {
        put(&dynamodb, &format!("key-{n}"), n).await;
    }
    let scan = dynamodb
        .scan()
        .table_name("checks")
        .limit(4)
        .filter_expression("#expires >= :least")
        .expression_attribute_names("#expires", "expires_at")
        .expression_attribute_values(":least", number(20))
        .projection_expression("pk");
    let found: Vec<_> = scan.into_paginator().items().send().collect::<Result<_, _>>().await.unwrap();
    assert_eq!(found.len(), 5);
    assert!(found.iter().all(|item| item.keys().eq(["pk"])));
}

fn version_must_be(key: &str, version: u64) -> Update {
    Update::builder()
        .table_name("checks")
        .key("pk", text(key))
        .update_expression("SET version = :next")
        .condition_expression("version = :version")
        .expression_attribute_values(":version", number(version))
        .expression_attribute_values(":next", number(version + 1))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .unwrap()
}

fn audit(key: &str) -> Put {
    Put::builder()
        .table_name("checks")
        .item("pk", text(key))
        .condition_expression("attribute_not_exists(pk)")
        .build()
        .unwrap()
}

fn there_must_be(key: &str) -> ConditionCheck {
    ConditionCheck::builder()
        .table_name("checks")
        .key("pk", text(key))
        .condition_expression("attribute_exists(pk)")
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_transaction_is_done_whole() {
    let aws = in_memory().await;
    let dynamodb = aws.dynamodb();
    table(&dynamodb).await;
    let item = dynamodb.put_item().table_name("checks").item("pk", text("settings")).item("version", number(1));
    item.send().await.unwrap();

    let items = [
        TransactWriteItem::builder().update(version_must_be("settings", 1)).build(),
        TransactWriteItem::builder().put(audit("audit-1")).build(),
        TransactWriteItem::builder().condition_check(there_must_be("settings")).build(),
    ];
    // A tool may touch an item once only in a transaction.
    let both = dynamodb.transact_write_items().set_transact_items(Some(items.to_vec())).send().await;
    both.unwrap_err();
    let write = dynamodb.transact_write_items().set_transact_items(Some(items[..2].to_vec()));
    write.client_request_token("once").send().await.unwrap();
    assert_eq!(get(&dynamodb, "settings", "version").await, Some(number(2)));
    assert!(exists(&dynamodb, "audit-1").await);
}

#[tokio::test]
async fn a_transaction_that_is_too_late_changes_nothing_and_returns_the_item() {
    let aws = in_memory().await;
    let dynamodb = aws.dynamodb();
    table(&dynamodb).await;
    let item = dynamodb.put_item().table_name("checks").item("pk", text("settings")).item("version", number(7));
    item.send().await.unwrap();

    let items = vec![
        TransactWriteItem::builder().update(version_must_be("settings", 1)).build(),
        TransactWriteItem::builder().put(audit("audit-1")).build(),
        TransactWriteItem::builder().condition_check(there_must_be("gone")).build(),
    ];
    let error = dynamodb.transact_write_items().set_transact_items(Some(items)).send().await.unwrap_err();
    let TransactionCanceledException(cancelled) = error.into_service_error() else { panic!("not cancelled") };
    let reasons: Vec<_> = cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap()).collect();
    assert_eq!(reasons, ["ConditionalCheckFailed", "None", "ConditionalCheckFailed"]);
    assert_eq!(cancelled.cancellation_reasons()[0].item().unwrap()["version"], number(7));
    assert_eq!(get(&dynamodb, "settings", "version").await, Some(number(7)));
    assert!(!exists(&dynamodb, "audit-1").await);
}

#[tokio::test]
async fn a_secret_keeps_its_key_its_tags_and_which_version_is_which() {
    let aws = in_memory().await;
    let secrets = aws.secrets();
    let key = "arn:aws:kms:us-east-1:000000000000:key/data";
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    let made = secrets.create_secret().name("s").secret_string("one").kms_key_id(key).tags(tag("customer", "1234"));
    let made = made.tags(tag("application", "connector"));
    let first = made.send().await.unwrap().version_id.unwrap();
    let token = "5a7f0f0e-6c1c-4b57-9d6e-1f2e3d4c5b6a";
    let pending = secrets.put_secret_value().secret_id("s").secret_string("two").client_request_token(token);
    let pending = pending.version_stages("AWSPENDING").send().await.unwrap();
    assert_eq!((pending.version_id(), pending.version_stages()), (Some(token), &["AWSPENDING".to_owned()][..]));

    let described = secrets.describe_secret().secret_id("s").send().await.unwrap();
    assert_eq!(described.kms_key_id(), Some(key));
    let tags: Vec<_> = described.tags().iter().map(|tag| (tag.key().unwrap(), tag.value().unwrap())).collect();
    assert_eq!(tags, [("customer", "1234"), ("application", "connector")]);
    let stages = described.version_ids_to_stages().unwrap();
    assert_eq!(
        (stages.len(), &*stages[&first], &*stages[token]),
        (2, &["AWSCURRENT".to_owned()][..], &["AWSPENDING".to_owned()][..])
    );
}
