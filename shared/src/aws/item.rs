//! A check as an item of the checks' table, and back.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::domain::{Check, CheckKey, CustomerId, RequestId, State, Timestamp, WorkflowId};
use crate::failure::Failure;

pub(super) type Item = HashMap<String, AttributeValue>;

/// Over how many partitions of the index `due` the checks are spread.
pub(super) const DUE_SHARDS: u32 = 4;
/// An item may have 400 KiB; ours have a few. Beyond this, somebody has to look before DynamoDB refuses.
const MAX_HISTORY_BYTES: usize = 300 * 1024;

pub(super) fn pk(customer: &CustomerId, workflow: &WorkflowId) -> AttributeValue {
    AttributeValue::S(format!("check#{customer}#{workflow}"))
}

pub(super) fn sk(attempt: u32) -> AttributeValue {
    AttributeValue::S(format!("attempt#{attempt:05}"))
}

pub(super) fn due_shard(shard: u32) -> AttributeValue {
    AttributeValue::S(format!("due#{shard}"))
}

pub(super) fn request_key(customer: &CustomerId, request: &RequestId) -> AttributeValue {
    AttributeValue::S(format!("{customer}#{request}"))
}

/// The partition of the index `request` that holds a customer's checks with an unknown outcome. No request id has a
/// `?`.
pub(super) fn unknown_key(customer: &CustomerId) -> AttributeValue {
    AttributeValue::S(format!("{customer}#?"))
}

pub(super) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn shard_of(key: &CheckKey) -> u32 {
    let sum = key.workflow.as_str().bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    sum % DUE_SHARDS
}

/// The item of a check.
pub(super) fn of_check(check: &Check, retention_days: u16) -> Result<Item, Failure> {
    let mut item: Item = serde_dynamo::to_item(check)
        .map_err(|error| Failure::internal(format!("a check that cannot be written: {error}")))?;
    let history_bytes: usize = check.history.iter().map(|entry| 100 + format!("{:?}", entry.what).len()).sum();
    if history_bytes > MAX_HISTORY_BYTES {
        return Err(Failure::internal("a check's history has outgrown its item"));
    }
    item.insert("pk".to_owned(), pk(&check.key.customer, &check.key.workflow));
    item.insert("sk".to_owned(), sk(check.key.attempt));
    if check.due_at.is_some() {
        item.insert("due_shard".to_owned(), due_shard(shard_of(&check.key)));
    }
    match &check.request {
        Some(request) => {
            item.insert("request_key".to_owned(), request_key(&check.key.customer, request));
        }
        None if check.state == State::OutcomeUnknown => {
            item.insert("request_key".to_owned(), unknown_key(&check.key.customer));
        }
        None => {}
    }
    if let Some(at) = check.expires_at(retention_days) {
        item.insert("expires_at".to_owned(), number(at.s()));
    }
    Ok(item)
}

/// The attribute that tells one write from another, whatever they write.
pub(super) const WRITE_ID: &str = "write_id";

/// Marks an item as this write's and no other's.
pub(super) fn mark_write(item: &mut Item) -> AttributeValue {
    let id = AttributeValue::S(format!("{:032x}", fastrand::u128(..)));
    item.insert(WRITE_ID.to_owned(), id.clone());
    id
}

/// The check in an item; attributes that we do not know are passed over.
pub(super) fn to_check(item: Item) -> Result<Check, Failure> {
    serde_dynamo::from_item(item).map_err(|error| Failure::internal(format!("a check that cannot be read: {error}")))
}

/// The key in an item of an index that projects keys only.
pub(super) fn to_key(item: &Item) -> Result<CheckKey, Failure> {
    let unreadable = || Failure::internal("a check's key that cannot be read");
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).ok_or_else(unreadable);
    let (customer, workflow) =
        text("pk")?.strip_prefix("check#").and_then(|rest| rest.split_once('#')).ok_or_else(unreadable)?;
    let attempt = text("sk")?.strip_prefix("attempt#").and_then(|n| n.parse().ok()).ok_or_else(unreadable)?;
    Ok(CheckKey {
        customer: CustomerId::parse(customer).map_err(|_| unreadable())?,
        workflow: WorkflowId::parse(workflow).map_err(|_| unreadable())?,
        attempt,
    })
}

/// The `due_at` of an item.
pub(super) fn to_due_at(item: &Item) -> Option<Timestamp> {
    item.get("due_at")?.as_n().ok()?.parse().ok().map(Timestamp::from_ms)
}
