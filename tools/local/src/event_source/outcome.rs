//! Lambda's rules for partial batch responses.

use serde_json::Value;

/// The result of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Every message succeeded.
    AllDone,
    /// Every message failed.
    AllFailed,
    /// The messages with these ids failed.
    Failed(Vec<String>),
}

/// Reads the function's response. An empty or null response, or an empty or null `batchItemFailures`, is success;
/// anything else that is not a list of known, non-empty `itemIdentifier`s fails the whole batch.
#[must_use]
pub fn of_response(payload: &[u8], messages: &[Value], reports_batch_item_failures: bool) -> Outcome {
    if !reports_batch_item_failures || payload.is_empty() {
        return Outcome::AllDone;
    }
    let failures = match serde_json::from_slice::<Value>(payload) {
        Ok(Value::Null) => return Outcome::AllDone,
        Ok(Value::Object(mut response)) => response.remove("batchItemFailures").unwrap_or_default(),
        Ok(_) | Err(_) => return Outcome::AllFailed,
    };
    let items = match failures {
        Value::Null => return Outcome::AllDone,
        Value::Array(items) if items.is_empty() => return Outcome::AllDone,
        Value::Array(items) => items,
        _ => return Outcome::AllFailed,
    };
    let known = |id: &str| messages.iter().any(|message| message["MessageId"].as_str() == Some(id));
    let ids: Option<Vec<String>> = items
        .iter()
        .map(|item| item.get("itemIdentifier")?.as_str().filter(|id| !id.is_empty() && known(id)).map(str::to_owned))
        .collect();
    ids.map_or(Outcome::AllFailed, Outcome::Failed)
}

/// The receipt handles of the messages that succeeded.
#[must_use]
pub fn to_delete<'a>(outcome: &Outcome, messages: &'a [Value]) -> Vec<&'a str> {
    messages
        .iter()
        .filter(|message| match outcome {
            Outcome::AllDone => true,
            Outcome::AllFailed => false,
            Outcome::Failed(ids) => !ids.iter().any(|id| message["MessageId"].as_str() == Some(id)),
        })
        .filter_map(|message| message["ReceiptHandle"].as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn messages() -> Vec<Value> {
        ["a", "b"].map(|id| json!({"MessageId": id, "ReceiptHandle": format!("r-{id}")})).to_vec()
    }

    fn deleted(response: &str) -> Vec<String> {
        let messages = messages();
        let outcome = of_response(response.as_bytes(), &messages, true);
        to_delete(&outcome, &messages).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn an_empty_response_or_list_is_success() {
        for response in ["", "null", "{}", r#"{"batchItemFailures":null}"#, r#"{"batchItemFailures":[]}"#] {
            assert_eq!(deleted(response), ["r-a", "r-b"], "{response}");
        }
    }

    #[test]
    fn listed_messages_are_kept_and_the_others_deleted() {
        assert_eq!(deleted(r#"{"batchItemFailures":[{"itemIdentifier":"a"}]}"#), ["r-b"]);
    }

    #[test]
    fn a_malformed_response_fails_the_whole_batch() {
        for response in [
            "not json",
            r#""text""#,
            "[]",
            r#"{"batchItemFailures":{}}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
            r#"{"batchItemFailures":[{"ItemIdentifier":"a"}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"unknown"}]}"#,
        ] {
            assert!(deleted(response).is_empty(), "{response}");
        }
    }

    #[test]
    fn without_the_setting_every_success_deletes_all() {
        let messages = messages();
        let response = br#"{"batchItemFailures":[{"itemIdentifier":"a"}]}"#;
        assert_eq!(to_delete(&of_response(response, &messages, false), &messages), ["r-a", "r-b"]);
    }
}
