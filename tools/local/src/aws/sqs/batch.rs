//! Calls on the messages of a queue: on one, or on a batch of up to ten, each of which succeeds or fails by itself.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::wire::AwsError;
use super::queue::Queue;
use super::{Call, error};

/// The limit of every batch call.
const MAX_ENTRIES: usize = 10;

/// The input of a call on one message.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Single<T> {
    queue_url: String,
    #[serde(flatten)]
    message: T,
}

/// The input of the same call on several.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound(deserialize = "T: DeserializeOwned"))]
pub(super) struct Batch<T> {
    queue_url: String,
    #[serde(default = "Vec::new")]
    pub(super) entries: Vec<Entry<T>>,
}

/// One entry; the response repeats its id.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Entry<T> {
    id: String,
    #[serde(flatten)]
    pub(super) message: T,
}

/// What a call does to one message. It checks before it writes.
pub(super) type Act<T> = fn(&Call<'_>, &Queue, T) -> Result<Value, AwsError>;

pub(super) fn single<T>(act: Act<T>) -> impl FnOnce(&Call<'_>, Single<T>) -> Result<Value, AwsError> {
    move |call, request| act(call, &Queue::at(call, &request.queue_url)?, request.message)
}

/// Carries out each entry and reports what succeeded and what failed. What is not the caller's fault fails the whole
/// batch, of which nothing is done then.
pub(super) fn batch<T>(act: Act<T>) -> impl FnOnce(&Call<'_>, Batch<T>) -> Result<Value, AwsError> {
    move |call, request| {
        let queue = Queue::at(call, &request.queue_url)?;
        check(&request.entries)?;
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for Entry { id, message } in request.entries {
            match act(call, &queue, message) {
                Ok(mut response) => {
                    response["Id"] = json!(id);
                    successful.push(response);
                }
                Err(error) if error.is_client_error() => failed.push(json!({
                    "Id": id,
                    "SenderFault": true,
                    "Code": error.code(),
                    "Message": error.message(),
                })),
                Err(error) => return Err(error),
            }
        }
        Ok(json!({ "Successful": successful, "Failed": failed }))
    }
}

/// Checks the batch as a whole.
fn check<T>(entries: &[Entry<T>]) -> Result<(), AwsError> {
    if entries.is_empty() {
        return Err(error::sqs("EmptyBatchRequest", "There should be at least one entry in the request."));
    }
    if entries.len() > MAX_ENTRIES {
        let message = format!("Maximum number of entries per request are 10. You have sent {}.", entries.len());
        return Err(error::sqs("TooManyEntriesInBatchRequest", message));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if entries.iter().any(|entry| !(1..=80).contains(&entry.id.len()) || !entry.id.chars().all(allowed)) {
        return Err(error::sqs(
            "InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 \
             letters long.",
        ));
    }
    let mut seen = HashSet::new();
    if !entries.iter().all(|entry| seen.insert(&entry.id)) {
        return Err(error::sqs(
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        ));
    }
    Ok(())
}
