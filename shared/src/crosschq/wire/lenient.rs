//! Reads what may be absent, null, empty, or of another type than expected: every field but the id is optional
//! (docs/vendors/crosschq.md §9.3), so none of them may spoil the others.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::domain::Timestamp;

/// A text that is not blank, trimmed; a whole number as its digits.
pub(super) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        Value::Number(number) if number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// A finite number, also one that is written as a text.
pub(super) fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number| number.is_finite())
}

/// A small count: a whole number from 0, also as a text, cut at 255.
pub(super) fn as_count(value: &Value) -> Option<u8> {
    as_number(value).filter(|number| *number >= 0.0).map(|number| number.min(255.0) as u8)
}

/// A moment in RFC 3339; without a zone it is UTC, fractions of a second may be absent or long.
pub(super) fn as_moment(text: &str) -> Option<Timestamp> {
    let mut text = text.trim().replacen(' ', "T", 1);
    let (date, clock) = text.split_once('T')?;
    if !clock.contains(['Z', 'z', '+', '-']) {
        text.push('Z');
    } else if let Some(at) = clock.rfind(['+', '-'])
        && clock.len() == at + 5
        && clock[at + 1..].bytes().all(|b| b.is_ascii_digit())
    {
        text.insert(date.len() + 1 + at + 3, ':');
    }
    OffsetDateTime::parse(&text, &Rfc3339).ok().map(|at| at.to_offset(UtcOffset::UTC).into())
}

pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(as_text(&Value::deserialize(from)?))
}

pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    Ok(as_number(&Value::deserialize(from)?))
}

pub(super) fn count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u8>, D::Error> {
    Ok(as_count(&Value::deserialize(from)?))
}

pub(super) fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(as_text(&Value::deserialize(from)?).as_deref().and_then(as_moment))
}

/// A part that is left at its default if it is not of its shape.
pub(super) fn part<'de, D: Deserializer<'de>, T: Default + serde::de::DeserializeOwned>(
    from: D,
) -> Result<T, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).unwrap_or_default())
}

/// The entries of a list that are of their shape; an absent list is empty.
pub(super) fn list<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let Value::Array(entries) = Value::deserialize(from)? else { return Ok(Vec::new()) };
    Ok(entries.into_iter().filter_map(|entry| serde_json::from_value(entry).ok()).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_may_lack_zone_and_fractions() {
        let expected = Timestamp::from(time::macros::datetime!(2026-01-05 10:15:00 UTC));
        for text in [
            "2026-01-05T10:15:00Z",
            "2026-01-05T10:15:00",
            "2026-01-05 10:15:00",
            "2026-01-05T10:15:00.000Z",
            "2026-01-05T10:15:00.000000",
            "2026-01-05T12:15:00+02:00",
            "2026-01-05T12:15:00+0200",
            "2026-01-05T04:45:00.000-05:30",
            "2026-01-05T10:15:00z",
        ] {
            assert_eq!(as_moment(text), Some(expected), "{text}");
        }
        assert_eq!(as_moment("2026-01-05T10:15:00.123456789").unwrap().ms() - expected.ms(), 123);
        for text in ["", "yesterday", "2026-01-05", "2026-13-05T10:15:00Z", "T", "é T+é", "2026-01-05T10:15:00+aéb"]
        {
            assert_eq!(as_moment(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_come_as_numbers_or_texts() {
        assert_eq!(as_count(&json!("10")), Some(10));
        assert_eq!(as_count(&json!(10)), Some(10));
        assert_eq!(as_count(&json!(1e9)), Some(255));
        for odd in [json!("ten"), json!(-1), json!(null), json!([]), json!("NaN"), json!("inf")] {
            assert_eq!(as_count(&odd), None, "{odd}");
        }
        assert_eq!(as_text(&json!(17)), Some("17".to_owned()));
        for odd in [json!(""), json!("  "), json!(null), json!(1.5), json!({}), json!(true)] {
            assert_eq!(as_text(&odd), None, "{odd}");
        }
    }
}
