//! Checks as items of their table: many at once, and away with them.

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use connector_core::aws::{check_item_key, check_of};
use connector_core::domain::{Check, CheckKey};
use connector_core::failure::Failure;

use crate::failure::{CliError, explain};
use crate::session::Session;

/// The most keys that `BatchGetItem` takes.
const BATCH: usize = 100;
/// How often keys that DynamoDB left out of an answer are asked for again.
const ROUNDS: usize = 8;

/// These checks as they stand now, in any order; those that are gone are left out.
///
/// # Errors
/// What AWS says, or a check that cannot be read.
pub(crate) async fn load(session: &Session, keys: &[CheckKey]) -> Result<Vec<Check>, CliError> {
    read(session, keys).await?.into_iter().map(|read| Ok(read?)).collect()
}

/// The same for those who only look; and how many of them only a later release can read.
///
/// # Errors
/// What AWS says, or a check that no release can read.
pub(crate) async fn load_readable(session: &Session, keys: &[CheckKey]) -> Result<(Vec<Check>, usize), CliError> {
    let mut read = read(session, keys).await?;
    let all = read.len();
    read.retain(|check| !matches!(check, Err(Failure::Retry { .. })));
    let passed_over = all - read.len();
    Ok((read.into_iter().collect::<Result<_, _>>()?, passed_over))
}

async fn read(session: &Session, keys: &[CheckKey]) -> Result<Vec<Result<Check, Failure>>, CliError> {
    let table = &session.stack().await?.checks_table;
    let mut checks = Vec::with_capacity(keys.len());
    for batch in keys.chunks(BATCH) {
        let mut wanted: Vec<_> = batch.iter().map(check_item_key).collect();
        for _ in 0..ROUNDS {
            if wanted.is_empty() {
                break;
            }
            let asked = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build();
            let asked = asked.map_err(|error| CliError::internal(format!("the read cannot be built: {error}")))?;
            let answer = session.dynamodb().batch_get_item().request_items(table, asked).send().await;
            let answer = answer.map_err(|error| explain("DynamoDB BatchGetItem checks", &error))?;
            for item in answer.responses.unwrap_or_default().remove(table).unwrap_or_default() {
                checks.push(check_of(item));
            }
            wanted = answer.unprocessed_keys.unwrap_or_default().remove(table).map_or_else(Vec::new, |left| left.keys);
        }
        if !wanted.is_empty() {
            return Err(CliError::busy("DynamoDB is too busy to read all of the checks").fix("try again in a minute"));
        }
    }
    Ok(checks)
}

/// Deletes a check, on the condition that it still is what was read; `false` if somebody wrote it meanwhile.
pub(crate) async fn delete(session: &Session, check: &Check) -> Result<bool, CliError> {
    let sent = session
        .dynamodb()
        .delete_item()
        .table_name(&session.stack().await?.checks_table)
        .set_key(Some(check_item_key(&check.key)))
        // One that is gone already is what was wanted.
        .condition_expression("attribute_not_exists(pk) OR #version = :read")
        .expression_attribute_names("#version", "version")
        .expression_attribute_values(":read", AttributeValue::N(check.version.to_string()))
        .send()
        .await;
    match sent {
        Ok(_) => Ok(true),
        Err(error)
            if error.as_service_error().is_some_and(|message| message.is_conditional_check_failed_exception()) =>
        {
            Ok(false)
        }
        Err(error) => Err(explain("DynamoDB DeleteItem checks", &error)),
    }
}
