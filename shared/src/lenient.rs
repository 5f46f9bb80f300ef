//! Reading what may be absent, null, empty or of another type than expected, so that no field spoils the others. iCIMS hides
//! fields, adds keys at any time and writes ids as texts or as numbers (docs/vendors/icims.md §1.5, §2.2, §3.1); of Crosschq
//! every field but the id is optional (docs/vendors/crosschq.md §9.3).

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _, IgnoredAny};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::domain::Timestamp;

/// A value that is taken if it has the shape we know, and counts as absent otherwise.
pub(crate) struct Lenient<T>(Option<T>);

impl<T> Lenient<T> {
    pub(crate) fn get(self) -> Option<T> {
        self.0
    }

    pub(crate) fn as_ref(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> From<T> for Lenient<T> {
    fn from(value: T) -> Self {
        Self(Some(value))
    }
}

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Shape<T> {
            Known(T),
            Other(IgnoredAny),
        }
        Ok(match Shape::deserialize(deserializer)? {
            Shape::Known(value) => Self(Some(value)),
            Shape::Other(_) => Self(None),
        })
    }
}

/// A text, or a whole number taken as text. Never empty.
pub(crate) struct Text(String);

impl Text {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn of(value: &Value) -> Option<String> {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) if !number.is_f64() => number.to_string(),
            _ => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::of(&Value::deserialize(deserializer)?).map(Self).ok_or_else(|| D::Error::custom("no text"))
    }
}

/// A finite number, also one that is written as a text.
#[derive(Clone, Copy)]
pub(crate) struct Number(pub(crate) f64);

impl Number {
    /// A small count: a whole number from 0, cut at 255.
    pub(crate) fn count(self) -> Option<u8> {
        (self.0 >= 0.0).then(|| self.0.min(255.0) as u8)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = match Value::deserialize(deserializer)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.filter(|number: &f64| number.is_finite()).map(Self).ok_or_else(|| D::Error::custom("no number"))
    }
}

/// A moment in RFC 3339; without a zone it is UTC, fractions of a second may be absent or long.
#[derive(Clone, Copy)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        moment(&text).map(Self).ok_or_else(|| D::Error::custom("no moment"))
    }
}

fn moment(text: &str) -> Option<Timestamp> {
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

impl Lenient<Text> {
    pub(crate) fn text(&self) -> Option<&str> {
        self.as_ref().map(Text::as_str)
    }
}

impl<T> Lenient<Vec<Lenient<T>>> {
    /// The entries of a list that are of their shape.
    pub(crate) fn entries(self) -> impl Iterator<Item = T> {
        self.get().unwrap_or_default().into_iter().filter_map(Lenient::get)
    }
}

/// Reads a JSON object; nothing if it is none. (An array would be taken for a struct's fields in order.)
pub(crate) fn object<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    json.trim_ascii_start().starts_with(b"{").then(|| serde_json::from_slice(json).ok())?
}

/// The last segment of a URL's path, of whatever scheme or none: query, fragment and trailing slashes do not count.
pub(crate) fn last_segment(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next()?.trim().trim_end_matches('/');
    path.rsplit_once('/').map(|(_, last)| last).filter(|last| !last.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Option<String> {
        serde_json::from_str::<Lenient<Text>>(json).unwrap().text().map(str::to_owned)
    }

    #[test]
    fn an_id_may_be_a_text_or_a_number_and_anything_else_is_absent() {
        assert_eq!(text(r#""13437""#).as_deref(), Some("13437"));
        assert_eq!(text("13437").as_deref(), Some("13437"));
        for absent in ["null", r#""""#, r#"" ""#, "{}", "[1]", "true", "1.5"] {
            assert_eq!(text(absent), None, "{absent}");
        }
    }

    #[test]
    fn the_last_segment_is_found_with_and_without_scheme() {
        for url in
            ["https://api.icims.com/customers/1/people/5", "api.icims.com/customers/1/people/5/", "/people/5?a=/b"]
        {
            assert_eq!(last_segment(url), Some("5"), "{url}");
        }
        assert_eq!(last_segment("5"), None);
        assert_eq!(last_segment("/"), None);
    }

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
            assert_eq!(moment(text), Some(expected), "{text}");
        }
        assert_eq!(moment("2026-01-05T10:15:00.123456789").unwrap().ms() - expected.ms(), 123);
        for text in ["", "yesterday", "2026-01-05", "2026-13-05T10:15:00Z", "T", "é T+é", "2026-01-05T10:15:00+aéb"]
        {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_come_as_numbers_or_texts() {
        let count = |json: &str| serde_json::from_str::<Lenient<Number>>(json).unwrap().get().and_then(Number::count);
        for (json, expected) in [(r#""10""#, 10), ("10", 10), ("1e9", 255)] {
            assert_eq!(count(json), Some(expected), "{json}");
        }
        for odd in [r#""ten""#, "-1", "null", "[]", r#""NaN""#, r#""inf""#] {
            assert_eq!(count(odd), None, "{odd}");
        }
    }
}
