//! Creates the template's tables, queues and the functions' permissions on an AWS endpoint. Idempotent, so that a run can
//! be restarted on the same data.

use std::time::Duration;

use serde_json::{Value, json};

use crate::aws_call::{AwsCalls, AwsError, Service};
use crate::template::{Index, Key, Queue, Table, Template};

/// Polls for a new table to become active.
const ACTIVE_TRIES: u32 = 100;
const ACTIVE_PAUSE: Duration = Duration::from_millis(50);

/// Creates what is missing, updates the queues' attributes, and sets the functions' roles on an endpoint of ours.
///
/// # Errors
/// Both variants of [`AwsError`].
pub async fn provision(calls: &AwsCalls, template: &Template) -> Result<(), AwsError> {
    tables(calls, template).await?;
    // Dead-letter queues first: SQS rejects a redrive policy that names an unknown queue.
    let (with_redrive, without): (Vec<&Queue>, Vec<&Queue>) =
        template.queues.iter().partition(|queue| queue.redrive.is_some());
    for queue in without.into_iter().chain(with_redrive) {
        create_queue(calls, queue).await?;
    }
    if !calls.enforce(&template.policies()).await? {
        crate::console::print("  the AWS endpoint does not enforce roles");
    }
    Ok(())
}

/// Creates only the tables, with their indexes and TTL.
///
/// # Errors
/// Both variants of [`AwsError`].
pub async fn tables(calls: &AwsCalls, template: &Template) -> Result<(), AwsError> {
    for table in &template.tables {
        create_table(calls, table).await?;
    }
    Ok(())
}

async fn create_table(calls: &AwsCalls, table: &Table) -> Result<(), AwsError> {
    match calls.call(Service::DynamoDb, "CreateTable", &table_request(table)).await {
        Ok(_) => {}
        Err(error) if error.is("ResourceInUseException") => add_indexes(calls, table).await?,
        Err(error) => return Err(error),
    }
    let name = json!({"TableName": table.name});
    until_active(calls, &name).await?;
    let Some(attribute) = &table.ttl_attribute else {
        return Ok(());
    };
    let described = calls.call(Service::DynamoDb, "DescribeTimeToLive", &name).await?;
    if described["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED" {
        return Ok(());
    }
    let specification = json!({"Enabled": true, "AttributeName": attribute});
    let request = json!({"TableName": table.name, "TimeToLiveSpecification": specification});
    calls.call(Service::DynamoDb, "UpdateTimeToLive", &request).await.map(|_| ())
}

async fn until_active(calls: &AwsCalls, name: &Value) -> Result<Value, AwsError> {
    let mut described = Value::Null;
    for _ in 0..ACTIVE_TRIES {
        described = calls.call(Service::DynamoDb, "DescribeTable", name).await?["Table"].take();
        let indexes = described["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
        if described["TableStatus"] == "ACTIVE" && indexes.into_iter().all(|index| index["IndexStatus"] == "ACTIVE") {
            break;
        }
        tokio::time::sleep(ACTIVE_PAUSE).await;
    }
    Ok(described)
}

/// Adds the indexes that a table of an earlier template lacks, one per call as DynamoDB requires.
async fn add_indexes(calls: &AwsCalls, table: &Table) -> Result<(), AwsError> {
    let name = json!({"TableName": table.name});
    let present = until_active(calls, &name).await?;
    let has = |wanted: &Index| {
        let mut indexes = present["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
        indexes.any(|index| index["IndexName"] == wanted.name.as_str())
    };
    for index in table.indexes.iter().filter(|index| !has(index)) {
        let request = json!({
            "TableName": table.name,
            "AttributeDefinitions": attribute_definitions(table),
            "GlobalSecondaryIndexUpdates": [{"Create": index_request(index)}],
        });
        calls.call(Service::DynamoDb, "UpdateTable", &request).await?;
        until_active(calls, &name).await?;
    }
    Ok(())
}

fn attribute_definitions(table: &Table) -> Value {
    let mut attributes: Vec<&Key> = Vec::new();
    let index_keys = table.indexes.iter().flat_map(|index| std::iter::once(&index.hash).chain(&index.range));
    for key in std::iter::once(&table.hash).chain(&table.range).chain(index_keys) {
        if !attributes.contains(&key) {
            attributes.push(key);
        }
    }
    attributes.iter().map(|key| json!({"AttributeName": key.name, "AttributeType": key.kind})).collect()
}

fn table_request(table: &Table) -> Value {
    let mut request = json!({
        "TableName": table.name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attribute_definitions(table),
        "KeySchema": key_schema(&table.hash, table.range.as_ref()),
        "DeletionProtectionEnabled": table.deletion_protected,
    });
    if let Some(encryption) = sse_request(table) {
        request["SSESpecification"] = encryption;
    }
    if !table.indexes.is_empty() {
        request["GlobalSecondaryIndexes"] = table.indexes.iter().map(index_request).collect();
    }
    request
}

/// CloudFormation and DynamoDB name one member differently.
fn sse_request(table: &Table) -> Option<Value> {
    let properties = table.encryption.as_ref()?;
    let members = [("SSEEnabled", "Enabled"), ("SSEType", "SSEType"), ("KMSMasterKeyId", "KMSMasterKeyId")];
    let named =
        members.into_iter().filter_map(|(theirs, ours)| Some((ours.to_owned(), properties.get(theirs)?.clone())));
    Some(Value::Object(named.collect()))
}

fn index_request(index: &Index) -> Value {
    let mut projection = json!({"ProjectionType": index.projection});
    if !index.included.is_empty() {
        projection["NonKeyAttributes"] = json!(index.included);
    }
    json!({
        "IndexName": index.name,
        "KeySchema": key_schema(&index.hash, index.range.as_ref()),
        "Projection": projection,
    })
}

fn key_schema(hash: &Key, range: Option<&Key>) -> Value {
    let mut schema = vec![json!({"AttributeName": hash.name, "KeyType": "HASH"})];
    schema.extend(range.map(|key| json!({"AttributeName": key.name, "KeyType": "RANGE"})));
    Value::Array(schema)
}

async fn create_queue(calls: &AwsCalls, queue: &Queue) -> Result<(), AwsError> {
    let mut attributes = json!({
        "VisibilityTimeout": queue.visibility_timeout_s.to_string(),
        "MessageRetentionPeriod": queue.retention_s.to_string(),
        "ReceiveMessageWaitTimeSeconds": queue.receive_wait_s.to_string(),
    });
    if let Some(redrive) = &queue.redrive {
        let policy = json!({
            "deadLetterTargetArn": redrive.dead_letter_arn,
            "maxReceiveCount": redrive.max_receive_count,
        });
        attributes["RedrivePolicy"] = Value::from(policy.to_string());
    }
    if let Some(policy) = &queue.redrive_allow {
        attributes["RedriveAllowPolicy"] = Value::from(policy.to_string());
    }
    let request = json!({"QueueName": queue.name, "Attributes": attributes});
    match calls.call(Service::Sqs, "CreateQueue", &request).await {
        Ok(_) => return Ok(()),
        // Of an earlier run, with the attributes of an earlier template.
        Err(error) if error.is("QueueNameExists") || error.is("QueueAlreadyExists") => {}
        Err(error) => return Err(error),
    }
    let request = json!({"QueueUrl": queue.url, "Attributes": attributes});
    calls.call(Service::Sqs, "SetQueueAttributes", &request).await.map(|_| ())
}
