//! Makes the template's tables, queues and the functions' permissions exist on an AWS endpoint, whatever is there
//! already: so that a run can be started again on the same data.

use std::time::Duration;

use serde_json::{Value, json};

use crate::aws_call::{AwsCalls, AwsError, Service};
use crate::template::{Index, Key, Queue, Table, Template};

/// How often, and how long apart, a new table is asked whether it is active.
const ACTIVE_TRIES: u32 = 100;
const ACTIVE_PAUSE: Duration = Duration::from_millis(50);

/// Creates what is missing, gives the queues the template's attributes, and has the endpoint enforce the functions'
/// roles where it can. `visibility_timeout_s` replaces every queue's own visibility timeout where given.
///
/// # Errors
/// The endpoint refuses or is away.
pub async fn provision(
    calls: &AwsCalls,
    template: &Template,
    visibility_timeout_s: Option<u64>,
) -> Result<(), AwsError> {
    tables(calls, template).await?;
    // Dead-letter queues first: SQS refuses a redrive policy that names a queue it does not have.
    let (with_redrive, without): (Vec<&Queue>, Vec<&Queue>) =
        template.queues.iter().partition(|queue| queue.redrive.is_some());
    for queue in without.into_iter().chain(with_redrive) {
        create_queue(calls, queue, visibility_timeout_s).await?;
    }
    if !calls.enforce(&template.policies()).await? {
        crate::say::line("  the AWS endpoint enforces no roles");
    }
    Ok(())
}

/// Creates the template's tables alone, with their indexes and their expiry.
///
/// # Errors
/// The endpoint refuses or is away.
pub async fn tables(calls: &AwsCalls, template: &Template) -> Result<(), AwsError> {
    for table in &template.tables {
        create_table(calls, table).await?;
    }
    Ok(())
}

async fn create_table(calls: &AwsCalls, table: &Table) -> Result<(), AwsError> {
    match calls.call(Service::DynamoDb, "CreateTable", &table_request(table)).await {
        Ok(_) => {}
        Err(error) if error.is("ResourceInUseException") => {}
        Err(error) => return Err(error),
    }
    let name = json!({"TableName": table.name});
    for _ in 0..ACTIVE_TRIES {
        let described = calls.call(Service::DynamoDb, "DescribeTable", &name).await?;
        if described["Table"]["TableStatus"] == "ACTIVE" {
            break;
        }
        tokio::time::sleep(ACTIVE_PAUSE).await;
    }
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

fn table_request(table: &Table) -> Value {
    let mut attributes: Vec<&Key> = Vec::new();
    let index_keys = table.indexes.iter().flat_map(|index| std::iter::once(&index.hash).chain(&index.range));
    for key in std::iter::once(&table.hash).chain(&table.range).chain(index_keys) {
        if !attributes.contains(&key) {
            attributes.push(key);
        }
    }
    let mut request = json!({
        "TableName": table.name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes
            .iter()
            .map(|key| json!({"AttributeName": key.name, "AttributeType": key.kind}))
            .collect::<Vec<_>>(),
        "KeySchema": key_schema(&table.hash, table.range.as_ref()),
    });
    if !table.indexes.is_empty() {
        request["GlobalSecondaryIndexes"] = table.indexes.iter().map(index_request).collect();
    }
    request
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

async fn create_queue(calls: &AwsCalls, queue: &Queue, visibility_timeout_s: Option<u64>) -> Result<(), AwsError> {
    let visibility_s = visibility_timeout_s.unwrap_or(queue.visibility_timeout_s);
    let mut attributes = json!({
        "VisibilityTimeout": visibility_s.to_string(),
        "MessageRetentionPeriod": queue.retention_s.to_string(),
        "DelaySeconds": queue.delay_s.to_string(),
        "ReceiveMessageWaitTimeSeconds": queue.receive_wait_s.to_string(),
    });
    if let Some(redrive) = &queue.redrive {
        let policy = json!({
            "deadLetterTargetArn": redrive.dead_letter_arn,
            "maxReceiveCount": redrive.max_receive_count,
        });
        attributes["RedrivePolicy"] = Value::from(policy.to_string());
    }
    let request = json!({"QueueName": queue.name, "Attributes": attributes});
    match calls.call(Service::Sqs, "CreateQueue", &request).await {
        Ok(_) => return Ok(()),
        // There from an earlier run, with the attributes of an earlier template.
        Err(error) if error.is("QueueNameExists") || error.is("QueueAlreadyExists") => {}
        Err(error) => return Err(error),
    }
    let request = json!({"QueueUrl": queue.url, "Attributes": attributes});
    calls.call(Service::Sqs, "SetQueueAttributes", &request).await.map(|_| ())
}
