//! A customer's audit log: who changed what, when. It outlives the customer.

use aws_sdk_dynamodb::types::AttributeValue;
use connector_core::aws::Item;
use connector_core::domain::{CustomerId, Timestamp};
use serde::{Deserialize, Serialize};

use super::diff::Difference;
use crate::failure::{CliError, explain};
use crate::session::Session;

/// One change by one operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    /// The operator's AWS identity, as an ARN.
    pub(crate) by: String,
    /// The command, e.g. `customer edit`.
    pub(crate) action: String,
    /// What it changed. Secrets, addresses and texts are only said to have changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) changes: Vec<Difference>,
}

impl Entry {
    /// An entry by the present operator, now.
    ///
    /// # Errors
    /// If AWS does not say who that is.
    pub(crate) async fn new(
        session: &Session,
        action: impl Into<String>,
        changes: Vec<Difference>,
    ) -> Result<Self, CliError> {
        let by = session.identity().await?.arn.clone();
        Ok(Self { at: time::OffsetDateTime::now_utc().into(), by, action: action.into(), changes })
    }

    /// As an item of the customers table, under a key that no other entry has.
    pub(super) fn to_item(&self, customer: &CustomerId) -> Result<Item, CliError> {
        let mut item: Item = serde_dynamo::to_item(self)
            .map_err(|error| CliError::internal(format!("the audit entry cannot be written: {error}")))?;
        item.insert("pk".to_owned(), AttributeValue::S(pk(customer)));
        let sk = format!("{:015}#{:08x}", self.at.ms(), fastrand::u32(..));
        item.insert("sk".to_owned(), AttributeValue::S(sk));
        Ok(item)
    }
}

fn pk(customer: &CustomerId) -> String {
    format!("audit#{customer}")
}

/// Records something that changed no record of the customers table: a secret, a queue, a check.
pub(crate) async fn record(session: &Session, customer: &CustomerId, entry: &Entry) -> Result<(), CliError> {
    session
        .dynamodb()
        .put_item()
        .table_name(&session.stack().await?.customers_table)
        .set_item(Some(entry.to_item(customer)?))
        .condition_expression("attribute_not_exists(pk)")
        .send()
        .await
        .map_err(|error| explain("DynamoDB PutItem audit", &error))?;
    Ok(())
}

/// A customer's log, oldest first.
///
/// # Errors
/// What AWS says, or an entry that cannot be read.
pub(crate) async fn log(session: &Session, customer: &CustomerId) -> Result<Vec<Entry>, CliError> {
    let pages = session
        .dynamodb()
        .query()
        .table_name(&session.stack().await?.customers_table)
        .key_condition_expression("pk = :audit")
        .expression_attribute_values(":audit", AttributeValue::S(pk(customer)))
        .into_paginator()
        .items()
        .send();
    let items: Result<Vec<Item>, _> = pages.collect().await;
    let items = items.map_err(|error| explain("DynamoDB Query audit", &error))?;
    let entry = |item| {
        serde_dynamo::from_item(item)
            .map_err(|_| CliError::internal(format!("an audit entry of customer {customer} cannot be read")))
    };
    items.into_iter().map(entry).collect()
}
