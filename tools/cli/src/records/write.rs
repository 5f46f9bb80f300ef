//! Writing customers: all changes of a command and its audit entry in one transaction, each on the condition that the
//! record still is what the operator saw.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};
use connector_core::aws::{Item, SETTINGS_REVISION, SETTINGS_SK, TEMPLATE_SK};
use connector_core::domain::{AtsTag, CustomerId, Settings, Template};
use serde::Serialize;

use super::Version;
use super::audit::Entry;
use crate::failure::{CliError, explain};
use crate::session::Session;

/// DynamoDB's limit for one transaction, less the audit entry and the revision.
const MOST_CHANGES: usize = 98;

/// One change of one record.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    PutSettings(Box<Settings>, Version),
    DeleteSettings(Version),
    PutTemplate(Box<Template>, Version),
    DeleteTemplate(AtsTag, Version),
}

impl Change {
    fn sk(&self) -> String {
        match self {
            Self::PutSettings(..) | Self::DeleteSettings(_) => SETTINGS_SK.to_owned(),
            Self::PutTemplate(template, _) => template_sk(&template.tag),
            Self::DeleteTemplate(tag, _) => template_sk(tag),
        }
    }

    fn concerns_settings(&self) -> bool {
        matches!(self, Self::PutSettings(..) | Self::DeleteSettings(_))
    }

    fn version(&self) -> Version {
        match self {
            Self::PutSettings(_, version)
            | Self::DeleteSettings(version)
            | Self::PutTemplate(_, version)
            | Self::DeleteTemplate(_, version) => *version,
        }
    }
}

fn template_sk(tag: &AtsTag) -> String {
    format!("{TEMPLATE_SK}{}", tag.as_str())
}

/// Writes the changes and the audit entry, all or nothing.
///
/// # Errors
/// [`Kind::Conflict`] if any of the records is not what it was when it was read: nothing was written.
pub(crate) async fn write(
    session: &Session,
    customer: &CustomerId,
    changes: &[Change],
    entry: &Entry,
) -> Result<(), CliError> {
    if changes.len() > MOST_CHANGES {
        return Err(CliError::input(format!("{} records are more than one write takes", changes.len()))
            .fix(format!("change at most {MOST_CHANGES} at a time")));
    }
    let table = &session.stack().await?.customers_table;
    let mut writes = Vec::with_capacity(changes.len() + 1);
    for change in changes {
        writes.push(to_write(table, customer, change)?);
    }
    let audit = Put::builder()
        .table_name(table)
        .set_item(Some(entry.to_item(customer)?))
        .condition_expression("attribute_not_exists(pk)")
        .build()
        .map_err(unbuilt)?;
    writes.push(TransactWriteItem::builder().put(audit).build());
    if changes.iter().any(Change::concerns_settings) {
        writes.push(next_revision(table)?);
    }
    let sent = session.dynamodb().transact_write_items().set_transact_items(Some(writes)).send().await;
    sent.map(|_| ()).map_err(|error| explain_write(customer, changes, &error))
}

fn to_write(table: &str, customer: &CustomerId, change: &Change) -> Result<TransactWriteItem, CliError> {
    let (pk, sk) = (AttributeValue::S(customer.to_string()), AttributeValue::S(change.sk()));
    let version = match (change.version(), change) {
        (Version::Newer(_), Change::PutSettings(..) | Change::PutTemplate(..)) => {
            return Err(holds_more(customer, change));
        }
        (Version::Newer(number), _) => number.map_or(Version::Unnumbered, Version::Number),
        (version, _) => version,
    };
    let (condition, loaded) = match version {
        Version::Absent => ("attribute_not_exists(pk)", None),
        Version::Unnumbered | Version::Newer(_) => ("attribute_exists(pk) AND attribute_not_exists(#version)", None),
        Version::Number(number) => ("#version = :loaded", Some(AttributeValue::N(number.to_string()))),
    };
    let names_version = !matches!(version, Version::Absent);
    let put = |mut item: Item| {
        let next = match version {
            Version::Number(number) => number.saturating_add(1),
            Version::Absent | Version::Unnumbered | Version::Newer(_) => 1,
        };
        item.insert("pk".to_owned(), pk.clone());
        item.insert("sk".to_owned(), sk.clone());
        item.insert("version".to_owned(), AttributeValue::N(next.to_string()));
        let mut put = Put::builder().table_name(table).set_item(Some(item)).condition_expression(condition);
        if names_version {
            put = put.expression_attribute_names("#version", "version");
        }
        if let Some(loaded) = loaded.clone() {
            put = put.expression_attribute_values(":loaded", loaded);
        }
        Ok(TransactWriteItem::builder().put(put.build().map_err(unbuilt)?).build())
    };
    match change {
        Change::PutSettings(settings, _) => put(to_item(settings)?),
        Change::PutTemplate(template, _) => put(to_item(template)?),
        Change::DeleteSettings(_) | Change::DeleteTemplate(..) => {
            let mut delete = Delete::builder()
                .table_name(table)
                .key("pk", pk.clone())
                .key("sk", sk.clone())
                .condition_expression(condition);
            if names_version {
                delete = delete.expression_attribute_names("#version", "version");
            }
            if let Some(loaded) = loaded.clone() {
                delete = delete.expression_attribute_values(":loaded", loaded);
            }
            Ok(TransactWriteItem::builder().delete(delete.build().map_err(unbuilt)?).build())
        }
    }
}

/// Counts a change of settings, so that the reconciler looks again at who opted in to what.
fn next_revision(table: &str) -> Result<TransactWriteItem, CliError> {
    let (pk, sk, number) = SETTINGS_REVISION;
    let update = Update::builder()
        .table_name(table)
        .key("pk", AttributeValue::S(pk.to_owned()))
        .key("sk", AttributeValue::S(sk.to_owned()))
        .update_expression("ADD #number :one")
        .expression_attribute_names("#number", number)
        .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
        .build()
        .map_err(unbuilt)?;
    Ok(TransactWriteItem::builder().update(update).build())
}

fn holds_more(customer: &CustomerId, change: &Change) -> CliError {
    CliError::conflict(format!(
        "{} of customer {customer} holds fields or values that this release does not know; writing would lose them",
        change.sk()
    ))
    .fix("use the `connector` of the release that wrote them; nothing was written")
}

fn to_item(record: &impl Serialize) -> Result<Item, CliError> {
    serde_dynamo::to_item(record).map_err(|error| CliError::internal(format!("the record cannot be written: {error}")))
}

fn unbuilt(error: aws_sdk_dynamodb::error::BuildError) -> CliError {
    CliError::internal(format!("the write cannot be built: {error}"))
}

fn explain_write(customer: &CustomerId, changes: &[Change], error: &SdkError<TransactWriteItemsError>) -> CliError {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return explain("DynamoDB TransactWriteItems customers", error);
    };
    let refused = cancelled
        .cancellation_reasons()
        .iter()
        .zip(changes)
        .find(|(reason, _)| reason.code() == Some("ConditionalCheckFailed"));
    let Some((_, change)) = refused else {
        return CliError::busy("DynamoDB could not do all of it at once").fix("try again; nothing was written");
    };
    let what = change.sk();
    match change.version() {
        Version::Absent => CliError::conflict(format!("customer {customer} already has {what}"))
            .fix("edit it instead, or remove it first"),
        Version::Unnumbered | Version::Number(_) | Version::Newer(_) => CliError::conflict(format!(
            "somebody else changed {what} of customer {customer} while you were at it; nothing was written"
        ))
        .fix(format!("look at their change with `connector customer show {customer} --history`, then repeat yours")),
    }
}
