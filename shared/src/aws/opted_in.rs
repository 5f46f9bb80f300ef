//! The customers that opted in to the search for missed events, without a scan of the customers table in each run.
//!
//! Whoever writes settings counts the revision up in the same transaction, so an unchanged revision says that the list is
//! as it was. A table without one, which no such writer has touched yet, is scanned each time.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use tokio::time::Instant;

use super::errors::failure;
use super::item::{Item, s, text};
use crate::domain::CustomerId;
use crate::failure::Failure;

/// `pk`, `sk` and the number of the item that counts the changes of all customers' settings. No customer's id has a `#`.
pub const SETTINGS_REVISION: (&str, &str, &str) = ("#settings", "revision", "revision");

/// The list is read anew after this time whatever the revision says: a hand at the table does not count it up.
const LIFETIME: Duration = Duration::from_secs(6 * 3_600);

/// The customers table, and who was last found in it.
#[derive(Debug)]
pub(super) struct OptedInList {
    client: Client,
    table: String,
    known: tokio::sync::Mutex<Option<Known>>,
}

#[derive(Debug)]
struct Known {
    revision: String,
    customers: Vec<CustomerId>,
    read_at: Instant,
}

impl OptedInList {
    pub(super) fn new(client: Client, table: String) -> Self {
        Self { client, table, known: tokio::sync::Mutex::default() }
    }

    pub(super) async fn get(&self) -> Result<Vec<CustomerId>, Failure> {
        let mut known = self.known.lock().await;
        // Before the scan: what changes during it has another revision.
        let revision = self.revision().await?;
        if let (Some(revision), Some(known)) = (&revision, &*known)
            && *revision == known.revision
            && known.read_at.elapsed() < LIFETIME
        {
            return Ok(known.customers.clone());
        }
        let customers = self.scan().await?;
        *known = revision.map(|revision| Known { revision, customers: customers.clone(), read_at: Instant::now() });
        Ok(customers)
    }

    /// A query because the functions' roles have that.
    async fn revision(&self) -> Result<Option<String>, Failure> {
        let (pk, sk, number) = SETTINGS_REVISION;
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk = :sk")
            .expression_attribute_values(":pk", s(pk))
            .expression_attribute_values(":sk", s(sk))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failure("DynamoDB Query customers", &error))?;
        Ok(answer.items().first().and_then(|item| item.get(number)?.as_n().ok().cloned()))
    }

    /// Some pages, of which only the ids come back.
    async fn scan(&self) -> Result<Vec<CustomerId>, Failure> {
        let pages = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .projection_expression("pk")
            .filter_expression("sk = :settings AND #enabled = :yes AND attribute_exists(#icims.#find)")
            .expression_attribute_names("#enabled", "enabled")
            .expression_attribute_names("#icims", "icims")
            .expression_attribute_names("#find", "find_missed_pushes")
            .expression_attribute_values(":settings", s("settings"))
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .into_paginator()
            .items()
            .send();
        let items: Result<Vec<Item>, _> = pages.collect().await;
        let items = items.map_err(|error| failure("DynamoDB Scan customers", &error))?;
        Ok(items.iter().filter_map(|item| CustomerId::parse(text(item, "pk")?).ok()).collect())
    }
}
