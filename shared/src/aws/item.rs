//! DynamoDB items: attributes by hand, records by serde. What cannot be read is named by its field, never shown.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::{DeserializeOwned, Deserializer};

use crate::domain::Timestamp;

/// An item as the SDK has it.
pub type Item = HashMap<String, AttributeValue>;

/// A record that does not read as what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub(super) struct Unreadable {
    /// The field, as a path into the record.
    pub(super) field: String,
    /// What is expected of it.
    pub(super) problem: String,
}

/// A text attribute.
pub(super) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number attribute.
pub(super) fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// A text attribute of an item.
pub(super) fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str)
}

/// A moment in milliseconds.
pub(super) fn moment(item: &Item, name: &str) -> Option<Timestamp> {
    item.get(name).and_then(|value| value.as_n().ok()).and_then(|text| text.parse().ok()).map(Timestamp::from_ms)
}

/// Reads a record.
pub(super) fn read<T: DeserializeOwned>(item: Item) -> Result<T, Unreadable> {
    let record = item.into_iter().map(|(name, value)| (name, value.into())).collect();
    let record = serde_dynamo::AttributeValue::M(record);
    parse(serde_dynamo::Deserializer::from_attribute_value(record))
}

/// Reads anything, naming the field that stands in the way.
pub(super) fn parse<'de, T: serde::Deserialize<'de>>(input: impl Deserializer<'de>) -> Result<T, Unreadable> {
    serde_path_to_error::deserialize(input)
        .map_err(|error| Unreadable { field: error.path().to_string(), problem: problem(&error.inner().to_string()) })
}

/// serde's message without the value that it may quote.
fn problem(message: &str) -> String {
    // serde_json tells where, which the path does better.
    let message = message.split(" at line ").next().unwrap_or(message);
    if message.starts_with("missing field") || message.starts_with("unknown field") {
        return message.to_owned();
    }
    if let Some((_, expected)) = message.split_once(", expected ") {
        return format!("must be {expected}");
    }
    let may_quote = message.contains(['"', '`', '\'']);
    if may_quote { "cannot be read".to_owned() } else { message.to_owned() }
}

/// How large DynamoDB counts an item, in bytes, near enough for a guard.
pub(super) fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &AttributeValue) -> usize {
    // Lists and maps cost 3 bytes and one more per member.
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len() / 2 + 2,
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + value_size(value)).sum::<usize>(),
        AttributeValue::M(members) => 3 + members.len() + size(members),
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Bs(blobs) => blobs.iter().map(|blob| blob.as_ref().len()).sum(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only read")]
        inner: BTreeMap<String, u8>,
    }

    fn outer(json: &str) -> Unreadable {
        parse::<Outer>(&mut serde_json::Deserializer::from_str(json)).unwrap_err()
    }

    #[test]
    fn what_cannot_be_read_is_named_and_not_shown() {
        let wrong = outer(r#"{"inner":{"count":"hunter2"}}"#);
        assert_eq!(wrong.to_string(), "inner.count: must be u8");
        assert!(outer(r#"{"inne":{}}"#).problem.contains("unknown field `inne`"));
        assert!(outer("{}").problem.contains("missing field `inner`"));
        assert_eq!(problem("hunter2 is not \"hunter3\""), "cannot be read");
    }

    #[test]
    fn an_items_size_counts_names_and_nested_values() {
        let list = AttributeValue::L(vec![s("abc"), n(10)]);
        let item = Item::from([("k".to_owned(), list)]);
        assert_eq!(size(&item), 1 + 3 + (1 + 3) + (1 + 3));
    }
}
