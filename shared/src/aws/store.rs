//! The checks table: one item an attempt, every write conditional, one call an operation.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;

use super::errors::failure;
use super::item::{Item, Update, moment, n, s};
use super::records;
use crate::domain::{Check, CheckKey, CustomerId, RequestId, Timestamp, WorkflowId};
use crate::failure::{Cause, Failure};
use crate::ports::{DueCheck, DueChecks, ReadChecks, Write, WriteChecks};

/// [`CheckStore`](crate::ports::CheckStore) on DynamoDB.
///
/// A write that the SDK repeats after a lost reply meets itself: it is known again by its `write_id`, which differs
/// between two workers even where all else is equal, and counts as stored.
#[derive(Debug)]
pub struct DynamoStore {
    client: Client,
    table: String,
    known_requests: Mutex<HashMap<(CustomerId, RequestId), CheckKey>>,
}

/// Requests whose check is remembered in this process: which check holds a request never changes.
const REMEMBERED: usize = 1_000;

impl DynamoStore {
    /// Keeps checks in the table of this name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into(), known_requests: Mutex::default() }
    }

    /// What a write with an unmet condition comes to, by what stands there.
    fn refused(check: &Check, write_id: &str, standing: Option<&Item>) -> Result<Write, Failure> {
        match standing {
            Some(standing) if records::write_id(standing) == Some(write_id) => Ok(Write::Stored),
            Some(standing) => Ok(Write::Conflict(Box::new(records::to_check(standing.clone())?))),
            // Forgotten or removed by hand since it was loaded: the next delivery looks again and sees the truth.
            None => Err(Failure::retry(format!("the check of workflow {} is gone", check.key.workflow))),
        }
    }

    /// Writes what this release knows of a check over version `loaded`, and leaves what else stands there alone.
    async fn update(&self, check: &Check, loaded: u64, retention_days: u16) -> Result<Write, Failure> {
        let write_id = new_write_id();
        let update = Update::to(records::to_item(check, &write_id, retention_days)?, records::written());
        let result = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(records::item_key(&check.key)))
            .update_expression(update.expression)
            .condition_expression("#version = :loaded")
            .set_expression_attribute_names(Some(update.names))
            .set_expression_attribute_values(Some(update.values))
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":loaded", n(loaded))
            .return_values_on_condition_check_failure(AllOld)
            .send()
            .await;
        let Err(error) = result else { return Ok(Write::Stored) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                Self::refused(check, &write_id, refused.item())
            }
            _ => Err(failure("DynamoDB UpdateItem", &error)),
        }
    }

    fn known_requests(&self) -> MutexGuard<'_, HashMap<(CustomerId, RequestId), CheckKey>> {
        self.known_requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The checks at one place of index `request`.
    async fn keys_of(&self, request_key: String) -> Result<Vec<CheckKey>, Failure> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("request")
            .key_condition_expression("request_key = :key")
            .expression_attribute_values(":key", s(request_key))
            .send()
            .await
            .map_err(|error| failure("DynamoDB Query request", &error))?;
        Ok(answer.items().iter().filter_map(records::key_of).collect())
    }
}

fn new_write_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}

fn due_check(item: &Item) -> Result<DueCheck, Failure> {
    let unreadable = || Failure::internal(Cause::Record, "an item of index due has no readable key");
    let key = records::key_of(item).ok_or_else(unreadable)?;
    let due_at = moment(item, "due_at").ok_or_else(unreadable)?;
    Ok(DueCheck { key, due_at })
}

#[async_trait::async_trait]
impl ReadChecks for DynamoStore {
    async fn latest(&self, customer: &CustomerId, workflow: &WorkflowId) -> Result<Option<Check>, Failure> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :attempt)")
            .expression_attribute_values(":pk", s(records::pk(customer, workflow)))
            .expression_attribute_values(":attempt", s("attempt#"))
            .scan_index_forward(false)
            .limit(1)
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failure("DynamoDB Query checks", &error))?;
        answer.items.and_then(|items| items.into_iter().next()).map(records::to_check).transpose()
    }

    async fn load(&self, key: &CheckKey) -> Result<Option<Check>, Failure> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", s(records::pk(&key.customer, &key.workflow)))
            .key("sk", s(records::sk(key.attempt)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failure("DynamoDB GetItem checks", &error))?;
        answer.item.map(records::to_check).transpose()
    }

    async fn by_request(&self, customer: &CustomerId, request: &RequestId) -> Result<Option<CheckKey>, Failure> {
        let wanted = (customer.clone(), request.clone());
        if let Some(key) = self.known_requests().get(&wanted) {
            return Ok(Some(key.clone()));
        }
        // Should two attempts hold the same request, the newer one speaks for it.
        let found = self.keys_of(records::request_key(customer, request)).await?;
        let key = found.into_iter().max_by_key(|key| key.attempt);
        if let Some(key) = &key {
            let mut known = self.known_requests();
            if known.len() >= REMEMBERED {
                known.clear();
            }
            known.insert(wanted, key.clone());
        }
        Ok(key)
    }

    async fn outcome_unknown(&self, customer: &CustomerId, address: &str) -> Result<Vec<CheckKey>, Failure> {
        self.keys_of(records::unknown_key(customer, address)).await
    }
}

#[async_trait::async_trait]
impl WriteChecks for DynamoStore {
    async fn insert(&self, check: &Check, retention_days: u16) -> Result<Write, Failure> {
        let write_id = new_write_id();
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(records::to_item(check, &write_id, retention_days)?))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(AllOld)
            .send()
            .await;
        let Err(error) = result else { return Ok(Write::Stored) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                Self::refused(check, &write_id, refused.item())
            }
            _ => Err(failure("DynamoDB PutItem", &error)),
        }
    }

    async fn save(&self, check: &mut Check, retention_days: u16) -> Result<Write, Failure> {
        let loaded = check.version;
        check.version = loaded.saturating_add(1);
        let outcome = self.update(check, loaded, retention_days).await;
        if !matches!(outcome, Ok(Write::Stored)) {
            check.version = loaded;
        }
        outcome
    }
}

#[async_trait::async_trait]
impl DueChecks for DynamoStore {
    fn shards(&self) -> u8 {
        records::DUE_SHARDS
    }

    async fn due(
        &self,
        shard: u8,
        now: Timestamp,
        after: Option<&DueCheck>,
        limit: usize,
    ) -> Result<Vec<DueCheck>, Failure> {
        // DynamoDB goes on after a place in the index, whether or not an item still is there.
        let start = after.map(|last| {
            let mut key = records::item_key(&last.key);
            key.insert("due_shard".to_owned(), s(records::shard(shard)));
            key.insert("due_at".to_owned(), n(last.due_at.ms()));
            key
        });
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("due")
            .key_condition_expression("#shard = :shard AND #due <= :now")
            .expression_attribute_names("#shard", "due_shard")
            .expression_attribute_names("#due", "due_at")
            .expression_attribute_values(":shard", s(records::shard(shard)))
            .expression_attribute_values(":now", n(now.ms()))
            .set_exclusive_start_key(start)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| failure("DynamoDB Query due", &error))?;
        answer.items().iter().map(due_check).collect()
    }

    /// Leaves the version alone, so it never makes a worker's write conflict. A worker that loaded the check before may
    /// thus write its own `due_at` over this one: its word on when to look again is the later one.
    async fn postpone(&self, due: &DueCheck, until: Timestamp) -> Result<bool, Failure> {
        let result = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", s(records::pk(&due.key.customer, &due.key.workflow)))
            .key("sk", s(records::sk(due.key.attempt)))
            .update_expression("SET #due = :until")
            .condition_expression("#due = :seen")
            .expression_attribute_names("#due", "due_at")
            .expression_attribute_values(":until", n(until.ms()))
            .expression_attribute_values(":seen", n(due.due_at.ms()))
            .return_values_on_condition_check_failure(AllOld)
            .send()
            .await;
        let Err(error) = result else { return Ok(true) };
        match error.as_service_error() {
            // Where it already is what we want, our reply was lost, or another run of the schedule was as quick: the
            // check is looked at twice rather than not at all.
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                Ok(refused.item().and_then(|item| moment(item, "due_at")) == Some(until))
            }
            _ => Err(failure("DynamoDB UpdateItem", &error)),
        }
    }
}
