//! What the batch calls have in common: up to ten entries, each succeeding or failing by itself.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::{Map, Value, json};

use super::super::wire::AwsError;
use super::error;

/// The limit of every batch call.
const MAX_ENTRIES: usize = 10;

/// One entry: its id, which the answer repeats, and what the single call would have been given.
pub(super) struct Entry<T> {
    pub(super) id: String,
    pub(super) of: T,
}

// By hand: serde's `flatten` would do, but it loses which member of an entry is of the wrong type.
impl<'de, T: DeserializeOwned> Deserialize<'de> for Entry<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entry<T>, D::Error> {
        use serde::de::Error;
        let mut members = Map::<String, Value>::deserialize(deserializer)?;
        let Some(Value::String(id)) = members.remove("Id") else {
            return Err(D::Error::missing_field("Id"));
        };
        let of = serde_json::from_value(Value::Object(members)).map_err(D::Error::custom)?;
        Ok(Entry { id, of })
    }
}

/// A batch call's input.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound(deserialize = "T: DeserializeOwned"))]
pub(super) struct Batch<T> {
    pub(super) queue_url: String,
    #[serde(default = "Vec::new")]
    pub(super) entries: Vec<Entry<T>>,
}

/// Checks the batch as a whole.
///
/// # Errors
/// AWS's four: empty, too many entries, an id that is not allowed, an id given twice.
pub(super) fn check<T>(entries: &[Entry<T>]) -> Result<(), AwsError> {
    if entries.is_empty() {
        return Err(error::empty_batch());
    }
    if entries.len() > MAX_ENTRIES {
        return Err(error::too_many_entries(entries.len()));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if entries.iter().any(|entry| !(1..=80).contains(&entry.id.len()) || !entry.id.chars().all(allowed)) {
        return Err(error::invalid_entry_id());
    }
    let mut seen = HashSet::new();
    if !entries.iter().all(|entry| seen.insert(&entry.id)) {
        return Err(error::entry_ids_not_distinct());
    }
    Ok(())
}

/// Carries out each entry and answers with what succeeded and what failed. `each` checks before it writes.
///
/// # Errors
/// Only what is not the caller's fault: then nothing of the batch is done.
pub(super) fn for_each<T>(
    entries: Vec<Entry<T>>,
    mut each: impl FnMut(T) -> Result<Value, AwsError>,
) -> Result<Value, AwsError> {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        match each(entry.of) {
            Ok(mut answer) => {
                answer["Id"] = json!(entry.id);
                successful.push(answer);
            }
            Err(error) if error.is_client_error() => failed.push(json!({
                "Id": entry.id,
                "SenderFault": true,
                "Code": error.code(),
                "Message": error.message(),
            })),
            Err(error) => return Err(error),
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}
