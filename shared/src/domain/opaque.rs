//! A stored value that a later release wrote: kept as it is, and decided on by nobody.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

/// A stored value that this release does not understand. It is written back as it was read.
#[derive(Clone, PartialEq)]
pub struct Opaque(Kind);

#[derive(Clone, PartialEq)]
enum Kind {
    Nothing,
    Flag(bool),
    Signed(i64),
    Unsigned(u64),
    Fraction(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Opaque>),
    Map(BTreeMap<String, Opaque>),
}

/// No store holds a number that is unequal to itself.
impl Eq for Opaque {}

impl Opaque {
    fn field(&self, name: &str) -> Option<&Kind> {
        let Kind::Map(fields) = &self.0 else { return None };
        fields.get(name).map(|value| &value.0)
    }

    /// The text of one of its fields.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.field(name)? {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number of one of its fields.
    pub fn number(&self, name: &str) -> Option<i64> {
        match self.field(name)? {
            Kind::Signed(number) => Some(*number),
            Kind::Unsigned(number) => i64::try_from(*number).ok(),
            _ => None,
        }
    }
}

/// Prints nothing of the value: nobody knows what a later release writes.
impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opaque")
    }
}

impl Serialize for Opaque {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Kind::Nothing => serializer.serialize_unit(),
            Kind::Flag(flag) => serializer.serialize_bool(*flag),
            Kind::Signed(number) => serializer.serialize_i64(*number),
            Kind::Unsigned(number) => serializer.serialize_u64(*number),
            Kind::Fraction(number) => serializer.serialize_f64(*number),
            Kind::Text(text) => serializer.serialize_str(text),
            Kind::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Kind::List(entries) => {
                let mut list = serializer.serialize_seq(Some(entries.len()))?;
                entries.iter().try_for_each(|entry| list.serialize_element(entry))?;
                list.end()
            }
            Kind::Map(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Opaque {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Whatever).map(Self)
    }
}

struct Whatever;

impl<'de> Visitor<'de> for Whatever {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a stored value")
    }

    fn visit_unit<E: Error>(self) -> Result<Kind, E> {
        Ok(Kind::Nothing)
    }

    fn visit_none<E: Error>(self) -> Result<Kind, E> {
        Ok(Kind::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Kind, E> {
        Ok(Kind::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Kind, E> {
        Ok(Kind::Signed(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Kind, E> {
        Ok(Kind::Unsigned(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Kind, E> {
        Ok(Kind::Fraction(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Kind, E> {
        Ok(Kind::Text(text.to_owned()))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Kind, E> {
        Ok(Kind::Bytes(bytes.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Kind, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            list.push(entry);
        }
        Ok(Kind::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Kind, A::Error> {
        let mut map = BTreeMap::new();
        while let Some((name, value)) = fields.next_entry()? {
            map.insert(name, value);
        }
        Ok(Kind::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_there_is_written_back_and_not_printed() {
        let json = r#"{"a":[1,-2,2.5,true,null,{"b":"hunter2"}]}"#;
        let opaque: Opaque = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&opaque).unwrap(), json);
        assert!(!format!("{opaque:?}").contains("hunter2"));
    }
}
