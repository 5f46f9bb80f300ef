//! CBOR as far as the AWS protocol `rpc-v2-cbor` needs it, to and from the JSON tree that everything else here speaks.

use std::convert::Infallible;

use minicbor::data::{IanaTag, Type};
use minicbor::{Decoder, Encoder};
use serde_json::{Map, Number, Value};

/// No request of ours nests deeper.
const MAX_DEPTH: u8 = 16;

/// Why a tree could not be written: never, since it is written into memory.
type Unwritten = minicbor::encode::Error<Infallible>;

/// A tree as CBOR. Members whose name ends in `Timestamp` are tagged as times: seconds since the epoch.
///
/// # Errors
/// None that happens; the writer's type has one.
pub(super) fn encode(value: &Value) -> Result<Vec<u8>, Unwritten> {
    let mut encoder = Encoder::new(Vec::new());
    write(&mut encoder, value)?;
    Ok(encoder.into_writer())
}

fn write(encoder: &mut Encoder<Vec<u8>>, value: &Value) -> Result<(), Unwritten> {
    match value {
        Value::Null => drop(encoder.null()?),
        Value::Bool(value) => drop(encoder.bool(*value)?),
        Value::String(text) => drop(encoder.str(text)?),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => drop(encoder.i64(whole)?),
            None => drop(encoder.f64(number.as_f64().unwrap_or_default())?),
        },
        Value::Array(items) => {
            encoder.array(items.len() as u64)?;
            for item in items {
                write(encoder, item)?;
            }
        }
        Value::Object(members) => {
            encoder.map(members.len() as u64)?;
            for (name, value) in members {
                encoder.str(name)?;
                match value.as_f64().filter(|_| name.ends_with("Timestamp")) {
                    Some(seconds) => drop(encoder.tag(IanaTag::Timestamp)?.f64(seconds)?),
                    None => write(encoder, value)?,
                }
            }
        }
    }
    Ok(())
}

/// CBOR as a tree; `None` for what is none, or has types that no request of ours has.
pub(super) fn decode(bytes: &[u8]) -> Option<Value> {
    let mut decoder = Decoder::new(bytes);
    let value = read(&mut decoder, 0)?;
    (decoder.position() == bytes.len()).then_some(value)
}

fn read(decoder: &mut Decoder<'_>, depth: u8) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    Some(match decoder.datatype().ok()? {
        Type::Null | Type::Undefined => {
            decoder.skip().ok()?;
            Value::Null
        }
        Type::Bool => Value::Bool(decoder.bool().ok()?),
        Type::String | Type::StringIndef => {
            Value::String(decoder.str_iter().ok()?.collect::<Result<Vec<_>, _>>().ok()?.concat())
        }
        Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::I8 | Type::I16 | Type::I32 | Type::I64 => {
            Value::from(decoder.i64().ok()?)
        }
        Type::F16 | Type::F32 | Type::F64 => Value::Number(Number::from_f64(decoder.f64().ok()?)?),
        Type::Tag => {
            decoder.tag().ok()?;
            read(decoder, depth + 1)?
        }
        Type::Array | Type::ArrayIndef => {
            let mut left = decoder.array().ok()?;
            let mut items = Vec::new();
            while more(decoder, &mut left)? {
                items.push(read(decoder, depth + 1)?);
            }
            Value::Array(items)
        }
        Type::Map | Type::MapIndef => {
            let mut left = decoder.map().ok()?;
            let mut members = Map::new();
            while more(decoder, &mut left)? {
                let name = decoder.str().ok()?.to_owned();
                members.insert(name, read(decoder, depth + 1)?);
            }
            Value::Object(members)
        }
        _ => return None,
    })
}

/// Whether another element follows: counted, or up to the break.
fn more(decoder: &mut Decoder<'_>, left: &mut Option<u64>) -> Option<bool> {
    match left {
        Some(0) => Some(false),
        Some(count) => {
            *count -= 1;
            Some(true)
        }
        None if decoder.datatype().ok()? == Type::Break => {
            decoder.skip().ok()?;
            Some(false)
        }
        None => Some(true),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tree_survives_the_way_there_and_back() {
        let tree = json!({
            "MetricAlarms": [{"AlarmName": "a", "Period": 60, "Threshold": 0.0, "ActionsEnabled": true, "Unit": null}],
            "Negative": -3,
        });
        assert_eq!(decode(&encode(&tree).unwrap()), Some(tree));
    }

    #[test]
    fn a_time_is_tagged_as_one() {
        let bytes = encode(&json!({"StateUpdatedTimestamp": 1.5})).unwrap();
        let mut decoder = Decoder::new(&bytes);
        decoder.map().unwrap();
        decoder.str().unwrap();
        assert_eq!(decoder.tag().unwrap(), IanaTag::Timestamp.tag());
        assert_eq!(decode(&bytes), Some(json!({"StateUpdatedTimestamp": 1.5})));
    }

    #[test]
    fn what_the_sdk_sends_is_read() {
        // {_ "AlarmNames": ["a"], _} as begin_map writes it.
        let mut encoder = Encoder::new(Vec::new());
        encoder.begin_map().unwrap().str("AlarmNames").unwrap().array(1).unwrap().str("a").unwrap().end().unwrap();
        assert_eq!(decode(&encoder.into_writer()), Some(json!({"AlarmNames": ["a"]})));
    }

    #[test]
    fn what_is_no_cbor_is_refused() {
        assert_eq!(decode(b""), None);
        assert_eq!(decode(b"{\"a\":1}"), None);
        assert_eq!(decode(&[0x9f; 64]), None, "lists in lists without end");
    }
}
