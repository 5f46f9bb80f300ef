//! DynamoDB through the endpoint: items expire.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TimeToLiveSpecification,
};

use crate::support::on_disk;

pub(crate) async fn table(dynamodb: &Client) {
    let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash);
    let attribute = AttributeDefinition::builder().attribute_name("pk").attribute_type(ScalarAttributeType::S);
    let request = dynamodb
        .create_table()
        .table_name("checks")
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key.build().unwrap())
        .attribute_definitions(attribute.build().unwrap());
    request.send().await.unwrap();
}

pub(crate) async fn put(dynamodb: &Client, key: &str, expires_at: u64) {
    let request = dynamodb
        .put_item()
        .table_name("checks")
        .item("pk", AttributeValue::S(key.to_owned()))
        .item("expires_at", AttributeValue::N(expires_at.to_string()));
    request.send().await.unwrap();
}

pub(crate) async fn exists(dynamodb: &Client, key: &str) -> bool {
    let request = dynamodb.get_item().table_name("checks").key("pk", AttributeValue::S(key.to_owned()));
    request.send().await.unwrap().item.is_some()
}

#[tokio::test]
async fn an_expired_item_is_swept_away() {
    let folder = tempfile::tempdir().unwrap();
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    {
        let aws = on_disk(folder.path()).await;
        let dynamodb = aws.dynamodb();
        table(&dynamodb).await;
        let ttl = TimeToLiveSpecification::builder().attribute_name("expires_at").enabled(true);
        let request =
            dynamodb.update_time_to_live().table_name("checks").time_to_live_specification(ttl.build().unwrap());
        request.send().await.unwrap();
        put(&dynamodb, "old", now_s - 60).await;
        put(&dynamodb, "new", now_s + 600).await;
    }

    // The sweep runs at the start and every few seconds from then on.
    let aws = on_disk(folder.path()).await;
    let dynamodb = aws.dynamodb();
    let mut tries = 0;
    while exists(&dynamodb, "old").await {
        tries += 1;
        assert!(tries < 100, "the expired item is still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(exists(&dynamodb, "new").await);
}
