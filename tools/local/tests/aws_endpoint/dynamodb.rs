//! DynamoDB: what the connector's claims rest on, through the endpoint.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ReturnValuesOnConditionCheckFailure,
    ScalarAttributeType, TimeToLiveSpecification,
};

use crate::support::{in_memory, on_disk};

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
async fn thirty_two_racing_claims_have_one_winner() {
    let aws = in_memory().await;
    let dynamodb = aws.dynamodb();
    table(&dynamodb).await;

    let mut claims = tokio::task::JoinSet::new();
    for owner in 0..32_i32 {
        let dynamodb = dynamodb.clone();
        claims.spawn(async move {
            let request = dynamodb
                .put_item()
                .table_name("checks")
                .item("pk", AttributeValue::S("claim".to_owned()))
                .item("owner", AttributeValue::N(owner.to_string()))
                .condition_expression("attribute_not_exists(pk)")
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            match request.send().await {
                Ok(_) => (owner, None),
                Err(error) => {
                    use aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException as Lost;
                    let Lost(lost) = error.into_service_error() else {
                        panic!("not a lost condition");
                    };
                    let winner = lost.item().unwrap()["owner"].as_n().unwrap();
                    (owner, Some(winner.parse::<i32>().unwrap()))
                }
            }
        });
    }
    let claims = claims.join_all().await;

    let winners: Vec<i32> = claims.iter().filter(|(_, lost_to)| lost_to.is_none()).map(|(owner, _)| *owner).collect();
    assert_eq!(winners.len(), 1);
    assert!(claims.iter().all(|(_, lost_to)| lost_to.is_none_or(|winner| winner == winners[0])));
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
