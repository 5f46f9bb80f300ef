//! Lambda's rules for partial batch responses.

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    batch_item_failures: Option<Vec<Item>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    item_identifier: String,
}

/// The receipt handles of the messages that succeeded. An empty or null response, or an empty or null
/// `batchItemFailures`, is success; anything else that is not a list of known `itemIdentifier`s fails the whole batch.
#[must_use]
pub fn to_delete<'a>(payload: &[u8], messages: &'a [Value], reports_batch_item_failures: bool) -> Vec<&'a str> {
    let failed = if reports_batch_item_failures && !payload.is_empty() {
        let Ok(response) = serde_json::from_slice::<Option<Response>>(payload) else { return Vec::new() };
        response.and_then(|response| response.batch_item_failures).unwrap_or_default()
    } else {
        Vec::new()
    };
    let is = |message: &Value, item: &Item| message["MessageId"] == *item.item_identifier;
    if !failed.iter().all(|item| messages.iter().any(|message| is(message, item))) {
        return Vec::new();
    }
    let succeeded = messages.iter().filter(|message| !failed.iter().any(|item| is(message, item)));
    succeeded.filter_map(|message| message["ReceiptHandle"].as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn messages() -> Vec<Value> {
        ["a", "b"].map(|id| json!({"MessageId": id, "ReceiptHandle": format!("r-{id}")})).to_vec()
    }

    fn deleted(response: &str) -> Vec<String> {
        to_delete(response.as_bytes(), &messages(), true).into_iter().map(str::to_owned).collect()
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
}
