//! How far missed events were searched for, in the tokens table beside the tokens: both are small, change often, and can be
//! lost.
//!
//! Items: `pk` = `missed#<customer>` with the attributes of [`Watermark`] (serde names); `pk` = `missed` with `customers`,
//! the roster. `expires_at` (seconds, the table's TTL) of a watermark is set anew with every write; the roster stays.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;

use super::errors::failure;
use super::item::{self, Item, n, s};
use crate::domain::{CustomerId, Timestamp, Watermark};
use crate::failure::{Cause, Failure};
use crate::ports::Watermarks;

/// How long what nobody writes any more is kept.
const LIFETIME: Duration = Duration::from_secs(30 * 86_400);

/// [`Watermarks`] on DynamoDB.
#[derive(Debug, Clone)]
pub struct DynamoWatermarks {
    client: Client,
    table: String,
}

fn pk(customer: &CustomerId) -> String {
    format!("missed#{customer}")
}

const ROSTER: &str = "missed";

fn to_item(customer: &CustomerId, mark: &Watermark) -> Result<Item, Failure> {
    let mut item: Item =
        serde_dynamo::to_item(mark).map_err(|_| Failure::bug("a watermark cannot be written as an item"))?;
    item.insert("pk".to_owned(), s(pk(customer)));
    // By what it says of the time, for there is no clock here: it is written when a look begins or ends.
    item.insert("expires_at".to_owned(), n(expires_at(mark).s()));
    Ok(item)
}

fn expires_at(mark: &Watermark) -> Timestamp {
    mark.next_at.after(LIFETIME)
}

impl DynamoWatermarks {
    /// On the tokens table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    async fn read(&self, pk: &str) -> Result<Option<Item>, Failure> {
        let get = self.client.get_item().table_name(&self.table).key("pk", s(pk)).consistent_read(true);
        Ok(get.send().await.map_err(|error| failure("DynamoDB GetItem watermarks", &error))?.item)
    }
}

#[async_trait::async_trait]
impl Watermarks for DynamoWatermarks {
    async fn roster(&self) -> Result<Vec<CustomerId>, Failure> {
        let Some(item) = self.read(ROSTER).await? else { return Ok(Vec::new()) };
        let ids = item.get("customers").and_then(|ids| ids.as_l().ok()).map(Vec::as_slice).unwrap_or_default();
        Ok(ids.iter().filter_map(|id| CustomerId::parse(id.as_s().ok()?).ok()).collect())
    }

    async fn set_roster(&self, customers: &[CustomerId]) -> Result<(), Failure> {
        let ids = customers.iter().map(|id| s(id.as_str())).collect();
        let put = self.client.put_item().table_name(&self.table).item("pk", s(ROSTER));
        let put = put.item("customers", aws_sdk_dynamodb::types::AttributeValue::L(ids));
        put.send().await.map_err(|error| failure("DynamoDB PutItem watermarks", &error))?;
        Ok(())
    }

    async fn load(&self, customer: &CustomerId) -> Result<Option<Watermark>, Failure> {
        let Some(mut item) = self.read(&pk(customer)).await? else { return Ok(None) };
        for ours in ["pk", "expires_at"] {
            item.remove(ours);
        }
        let unreadable = |why| Failure::internal(Cause::Record, format!("watermark of customer {customer}: {why}"));
        item::read(&item).map(Some).map_err(unreadable)
    }

    async fn reset(&self, customer: &CustomerId, mark: &Watermark) -> Result<(), Failure> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(to_item(customer, mark)?));
        put.send().await.map_err(|error| failure("DynamoDB PutItem watermarks", &error))?;
        Ok(())
    }

    async fn save(&self, customer: &CustomerId, mark: &mut Watermark) -> Result<bool, Failure> {
        let next = Watermark { rev: mark.rev.saturating_add(1), ..mark.clone() };
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_item(customer, &next)?))
            .condition_expression("#rev = :loaded")
            .expression_attribute_names("#rev", "rev")
            .expression_attribute_values(":loaded", n(mark.rev));
        let Err(error) = put.send().await else {
            *mark = next;
            return Ok(true);
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
            _ => Err(failure("DynamoDB PutItem watermarks", &error)),
        }
    }
}
