//! DynamoDB items: attributes by hand, records by serde. What cannot be read is named by its field, never shown.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

use super::unreadable::{Problem, Unreadable};
use crate::domain::Timestamp;

/// An item as the SDK has it.
pub type Item = HashMap<String, AttributeValue>;

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

/// Reads a record that a program wrote.
pub(super) fn read<T: DeserializeOwned>(item: &Item) -> Result<T, Unreadable> {
    let record = item.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let record = serde_dynamo::AttributeValue::M(record);
    serde_path_to_error::deserialize(serde_dynamo::Deserializer::from_attribute_value(record))
        .map_err(|error| Unreadable { field: error.path().to_string(), problem: Problem::Unreadable })
}

/// An update that leaves some attributes of an item as they are.
#[derive(Debug, Default)]
pub(super) struct Update {
    pub(super) expression: String,
    pub(super) names: HashMap<String, String>,
    pub(super) values: Item,
}

impl Update {
    /// Makes `attributes` those of `item`: set where it has them, removed where it does not.
    pub(super) fn to(mut item: Item, attributes: impl Iterator<Item = &'static str>) -> Self {
        let mut update = Self::default();
        let (mut set, mut removed) = (Vec::new(), Vec::new());
        for (at, attribute) in attributes.enumerate() {
            let name = format!("#a{at}");
            match item.remove(attribute) {
                Some(value) => {
                    set.push(format!("{name} = :a{at}"));
                    update.values.insert(format!(":a{at}"), value);
                }
                None => removed.push(name.clone()),
            }
            update.names.insert(name, attribute.to_owned());
        }
        let clauses = [("SET", set), ("REMOVE", removed)].into_iter().filter(|(_, parts)| !parts.is_empty());
        update.expression = clauses.map(|(verb, parts)| format!("{verb} {} ", parts.join(", "))).collect();
        update
    }
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
    use super::*;

    #[test]
    fn an_items_size_counts_names_and_nested_values() {
        let list = AttributeValue::L(vec![s("abc"), n(10)]);
        let item = Item::from([("k".to_owned(), list)]);
        assert_eq!(size(&item), 1 + 3 + (1 + 3) + (1 + 3));
    }
}
