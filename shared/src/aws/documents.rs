//! Reading documents that people or other releases wrote: settings, templates, secrets.
//!
//! The domain's types refuse unknown fields, for people who mistype. In a record that another release may have written those
//! fields are taken out before the types see them, because a customer must not stop when its record says more than this
//! release knows: serde tells a deserializer which fields a struct has and which variants an enum. A value that this release
//! does not know goes as well where its absence has a safe meaning; otherwise the record is refused, and the field is named.

use std::cell::RefCell;

use serde::de::value::{MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
};
use serde_json::Value;

use super::item::Item;
use super::unreadable::{Problem, Unreadable};

/// A record, and what was passed over in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tolerated<T> {
    pub value: T,
    /// The fields that this release does not know, or of which it does not know the value: paths, never values.
    pub ignored: Vec<String>,
}

/// Fields of former releases: they decided nothing, and are passed over without a word.
const RETIRED: [&str; 4] = [
    "crosschq.capabilities.conclude",
    "crosschq.capabilities.hire",
    "crosschq.capabilities.pdf_endpoint",
    "crosschq.capabilities.templates",
];

/// Enums of which an unknown value is safely passed over, by the name that serde has for them.
const ABSENT_IS_SAFE: [&str; 4] = [
    // One way in less; none left is an error of its own.
    "AuthMode",
    // The next source is asked; none left is an error of its own.
    "RequesterSource",
    // The explicit hosts are in force; without them it is an error of its own.
    "Region",
    // The default still wants a proof: at worst callbacks are refused, and the polls see what they would have told.
    "CallbackAuth",
];

/// Reads what a person wrote: what is not known is a slip.
pub(super) fn parse<'de, T: DeserializeOwned>(input: impl Deserializer<'de>) -> Result<T, Unreadable> {
    deserialize(Known { value: value(input)?, at: Vec::new(), seen: None })
}

fn value<'de>(input: impl Deserializer<'de>) -> Result<Value, Unreadable> {
    Value::deserialize(input).map_err(|_| Unreadable { field: String::new(), problem: Problem::Unreadable })
}

fn deserialize<T: DeserializeOwned>(document: Known<'_>) -> Result<T, Unreadable> {
    serde_path_to_error::deserialize(document).map_err(|error| Unreadable::of(&error))
}

/// Why a record that a program wrote does not read: more exactly than the reader for programs' records can say.
pub(super) fn explain<T: DeserializeOwned>(item: Item) -> Option<Unreadable> {
    parse::<T>(deserializer(item)).err()
}

fn deserializer(item: Item) -> serde_dynamo::Deserializer {
    let whole = item.into_iter().map(|(name, value)| (name, value.into())).collect();
    serde_dynamo::Deserializer::from_attribute_value(serde_dynamo::AttributeValue::M(whole))
}

/// Reads a record, as far as this release knows it.
pub(super) fn read<T: DeserializeOwned>(item: Item) -> Result<Tolerated<T>, Unreadable> {
    let mut record = value(deserializer(item))?;
    let mut passed_over = Vec::new();
    loop {
        let seen = Seen::default();
        match deserialize(Known { value: record.clone(), at: Vec::new(), seen: Some(&seen) }) {
            Ok(value) => {
                let mut ignored: Vec<String> = seen.fields.into_inner().into_iter().chain(passed_over).collect();
                ignored.retain(|path| !RETIRED.contains(&path.as_str()));
                return Ok(Tolerated { value, ignored });
            }
            Err(unreadable) => match seen.value.into_inner() {
                // Each time around the record has become smaller.
                Some(at) if take_out(&mut record, &at) => passed_over.push(at.join(".")),
                _ => return Err(unreadable),
            },
        }
    }
}

fn take_out(record: &mut Value, at: &[String]) -> bool {
    let Some((last, groups)) = at.split_last() else { return false };
    let group = groups.iter().try_fold(record, |place, name| match place {
        Value::Object(fields) => fields.get_mut(name),
        Value::Array(entries) => entries.get_mut(name.parse::<usize>().ok()?),
        _ => None,
    });
    match group {
        Some(Value::Object(fields)) => fields.remove(last).is_some(),
        Some(Value::Array(entries)) => last.parse().is_ok_and(|index: usize| {
            let there = index < entries.len();
            if there {
                entries.remove(index);
            }
            there
        }),
        _ => false,
    }
}

/// What was met on the way.
#[derive(Default)]
struct Seen {
    /// Fields that no struct has.
    fields: RefCell<Vec<String>>,
    /// Where the value of an enum stands that is unknown and may go.
    value: RefCell<Option<Vec<String>>>,
}

/// A value with its place in the document.
struct Known<'a> {
    value: Value,
    at: Vec<String>,
    /// Notes what is not known, if that is tolerated.
    seen: Option<&'a Seen>,
}

impl<'a> Known<'a> {
    fn below(&self, name: impl Into<String>, value: Value) -> Self {
        let mut at = self.at.clone();
        at.push(name.into());
        Self { value, at, seen: self.seen }
    }
}

impl<'de> IntoDeserializer<'de, Problem> for Known<'_> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Known<'_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Problem> {
        match std::mem::take(&mut self.value) {
            Value::Object(fields) => {
                let fields = fields.into_iter().map(|(name, value)| (name.clone(), self.below(name, value)));
                visitor.visit_map(MapDeserializer::new(fields))
            }
            Value::Array(entries) => {
                let entries = entries.into_iter().enumerate().map(|(at, value)| self.below(at.to_string(), value));
                visitor.visit_seq(SeqDeserializer::new(entries))
            }
            Value::String(text) => visitor.visit_string(text),
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Null => visitor.visit_unit(),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (.., Some(number)) => visitor.visit_f64(number),
                _ => Err(Problem::Unreadable),
            },
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        if let (Value::Object(given), Some(seen)) = (&mut self.value, self.seen) {
            given.retain(|name, _| {
                let known = fields.contains(&name.as_str());
                if !known {
                    let path = self.at.iter().chain([name]).cloned().collect::<Vec<_>>().join(".");
                    seen.fields.borrow_mut().push(path);
                }
                known
            });
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let wrong = |expected: &str| Problem::Expected(expected.to_owned());
        let (variant, content) = match std::mem::take(&mut self.value) {
            Value::String(variant) => (variant, None),
            Value::Object(fields) => match fields.into_iter().collect::<Vec<_>>().as_mut_slice() {
                [(variant, content)] => (std::mem::take(variant), Some(content.take())),
                _ => return Err(wrong("map with a single key")),
            },
            _ => return Err(wrong("string or map")),
        };
        if let Some(seen) = self.seen
            && !variants.contains(&variant.as_str())
            && ABSENT_IS_SAFE.contains(&name)
        {
            seen.value.replace(Some(self.at.clone()));
        }
        let content = content.map(|content| self.below(variant.clone(), content));
        visitor.visit_enum(Variant { variant, content })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// A variant and what it holds.
struct Variant<'a> {
    variant: String,
    content: Option<Known<'a>>,
}

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = Problem;
    type Variant = Content<'a>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Content<'a>), Problem> {
        let variant = seed.deserialize(StringDeserializer::<Problem>::new(self.variant))?;
        Ok((variant, Content(self.content)))
    }
}

struct Content<'a>(Option<Known<'a>>);

impl<'de> VariantAccess<'de> for Content<'_> {
    type Error = Problem;

    fn unit_variant(self) -> Result<(), Problem> {
        match self.0 {
            None => Ok(()),
            Some(content) => Deserialize::deserialize(content),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Problem> {
        match self.0 {
            Some(content) => seed.deserialize(content),
            None => seed.deserialize(().into_deserializer()),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Problem> {
        match self.0 {
            Some(content) => content.deserialize_any(visitor),
            None => visitor.visit_unit(),
        }
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Problem> {
        match self.0 {
            Some(content) => content.deserialize_struct("", fields, visitor),
            None => visitor.visit_unit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::de::Error as _;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only read")]
        inner: BTreeMap<String, u8>,
    }

    #[test]
    fn what_cannot_be_read_is_named_and_not_shown() {
        for (json, problem) in [
            (r#"{"inner":{"count":"hunter2"}}"#, "inner.count: must be u8"),
            (r#"{"inner":{"count":300}}"#, "inner.count: must be u8"),
            (r#"{"inne":{}}"#, "inne: unknown field `inne`, expected one of `inner`"),
            ("{}", "missing field `inner`"),
            ("hunter2", "cannot be read"),
        ] {
            let unreadable = parse::<Outer>(&mut serde_json::Deserializer::from_str(json)).unwrap_err();
            assert_eq!(unreadable.to_string(), problem, "{json}");
        }
        assert_eq!(Problem::custom("hunter2 is not \"hunter3\"").to_string(), "cannot be read");
    }
}
