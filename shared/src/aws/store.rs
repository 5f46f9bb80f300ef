//! The checks on DynamoDB: one item a check, every write on the condition of its version.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::error::failure;
use super::item::{self, Item};
use crate::domain::{Check, CheckKey, CustomerId, RequestId, Timestamp, WorkflowId};
use crate::failure::Failure;
use crate::ports::{CheckStore, DueCheck, Write};

/// Requests whose check is remembered in this process; the relation never changes.
const REMEMBERED: usize = 1_000;

/// [`CheckStore`] on the table `checks`.
#[derive(Debug)]
pub struct DynamoCheckStore {
    client: Client,
    table: String,
    known_requests: Mutex<HashMap<(CustomerId, RequestId), CheckKey>>,
}

impl DynamoCheckStore {
    /// A store on this table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, known_requests: Mutex::default() }
    }

    async fn put(&self, check: &Check, retention_days: u16, over: Option<u64>) -> Result<Write, Failure> {
        let mut item = item::of_check(check, retention_days)?;
        let write_id = item::mark_write(&mut item);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match over {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(version) => put
                .condition_expression("version = :version")
                .expression_attribute_values(":version", item::number(version)),
        };
        match put.send().await {
            Ok(_) => Ok(Write::Stored),
            Err(SdkError::ServiceError(refused)) if refused.err().is_conditional_check_failed_exception() => {
                let PutItemError::ConditionalCheckFailedException(condition) = refused.into_err() else {
                    return Err(Failure::internal("a failed condition that is none"));
                };
                let Some(theirs) = condition.item else {
                    return Err(Failure::internal("a check disappeared between two writes"));
                };
                // The SDK repeats a write whose reply was lost: what stands there may be our own. Its content does not
                // tell: two deliveries of one message within a millisecond write the same.
                if theirs.get(item::WRITE_ID) == Some(&write_id) {
                    return Ok(Write::Stored);
                }
                Ok(Write::Conflict(Box::new(item::to_check(theirs)?)))
            }
            Err(error) => Err(failure("PutItem checks", &error)),
        }
    }

    async fn keys_of(&self, request_key: AttributeValue) -> Result<Vec<Item>, Failure> {
        let found = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("request")
            .key_condition_expression("request_key = :key")
            .expression_attribute_values(":key", request_key)
            .send()
            .await
            .map_err(|error| failure("Query checks/request", &error))?;
        Ok(found.items.unwrap_or_default())
    }
}

#[async_trait]
impl CheckStore for DynamoCheckStore {
    async fn latest(&self, customer: &CustomerId, workflow: &WorkflowId) -> Result<Option<Check>, Failure> {
        let found = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", item::pk(customer, workflow))
            .scan_index_forward(false)
            .limit(1)
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failure("Query checks", &error))?;
        found.items.unwrap_or_default().into_iter().next().map(item::to_check).transpose()
    }

    async fn load(&self, key: &CheckKey) -> Result<Option<Check>, Failure> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", item::pk(&key.customer, &key.workflow))
            .key("sk", item::sk(key.attempt))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failure("GetItem checks", &error))?;
        found.item.map(item::to_check).transpose()
    }

    async fn by_request(&self, customer: &CustomerId, request: &RequestId) -> Result<Option<CheckKey>, Failure> {
        let wanted = (customer.clone(), request.clone());
        if let Some(key) = self.known_requests.lock().unwrap_or_else(PoisonError::into_inner).get(&wanted) {
            return Ok(Some(key.clone()));
        }
        let found = self.keys_of(item::request_key(customer, request)).await?;
        let key = found.first().map(item::to_key).transpose()?;
        if let Some(key) = &key {
            let mut known = self.known_requests.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= REMEMBERED {
                known.clear();
            }
            known.insert(wanted, key.clone());
        }
        Ok(key)
    }

    async fn outcome_unknown(&self, customer: &CustomerId) -> Result<Vec<CheckKey>, Failure> {
        self.keys_of(item::unknown_key(customer)).await?.iter().map(item::to_key).collect()
    }

    async fn insert(&self, check: &Check, retention_days: u16) -> Result<Write, Failure> {
        self.put(check, retention_days, None).await
    }

    async fn save(&self, check: &mut Check, retention_days: u16) -> Result<Write, Failure> {
        let loaded = check.version;
        check.version = loaded + 1;
        let written = self.put(check, retention_days, Some(loaded)).await;
        if !matches!(written, Ok(Write::Stored)) {
            check.version = loaded;
        }
        written
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<DueCheck>, Failure> {
        let shards = (0..item::DUE_SHARDS).map(|shard| async move {
            self.client
                .query()
                .table_name(&self.table)
                .index_name("due")
                .key_condition_expression("due_shard = :shard AND due_at <= :now")
                .expression_attribute_values(":shard", item::due_shard(shard))
                .expression_attribute_values(":now", item::number(now.ms()))
                .limit(i32::try_from(limit).unwrap_or(i32::MAX))
                .send()
                .await
                .map_err(|error| failure("Query checks/due", &error))
        });
        let mut due = Vec::new();
        for answer in futures_util::future::try_join_all(shards).await? {
            for found in answer.items.unwrap_or_default() {
                if let Some(due_at) = item::to_due_at(&found) {
                    due.push(DueCheck { key: item::to_key(&found)?, due_at });
                }
            }
        }
        due.sort_by_key(|found| found.due_at);
        due.truncate(limit);
        Ok(due)
    }

    /// Leaves the version alone: a check that is written at the same moment keeps the `due_at` of that write.
    async fn postpone(&self, due: &DueCheck, until: Timestamp) -> Result<bool, Failure> {
        let updated = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", item::pk(&due.key.customer, &due.key.workflow))
            .key("sk", item::sk(due.key.attempt))
            .update_expression("SET due_at = :until")
            .condition_expression("due_at = :read")
            .expression_attribute_values(":until", item::number(until.ms()))
            .expression_attribute_values(":read", item::number(due.due_at.ms()))
            .send()
            .await;
        match updated {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(false)
            }
            Err(error) => Err(failure("UpdateItem checks", &error)),
        }
    }
}
