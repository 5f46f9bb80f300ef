//! Reading what may be there in any shape: iCIMS hides fields, adds keys at any time and writes ids as texts or as
//! numbers (docs/vendors/icims.md §1.5, §2.2, §3.1).

use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny};

/// A value that is taken if it has the shape we know, and counts as absent otherwise.
pub(super) struct Lenient<T>(Option<T>);

impl<T> Lenient<T> {
    pub(super) fn get(self) -> Option<T> {
        self.0
    }

    pub(super) fn as_ref(&self) -> Option<&T> {
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
pub(super) struct Text(String);

impl Text {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Scalar {
            Text(String),
            Number(i64),
        }
        let text = match Scalar::deserialize(deserializer)? {
            Scalar::Text(text) => text.trim().to_owned(),
            Scalar::Number(number) => number.to_string(),
        };
        if text.is_empty() { Err(serde::de::Error::custom("empty")) } else { Ok(Self(text)) }
    }
}

impl Lenient<Text> {
    pub(super) fn text(&self) -> Option<&str> {
        self.as_ref().map(Text::as_str)
    }
}

/// Reads a JSON object; nothing if it is none. (An array would be taken for a struct's fields in order.)
pub(super) fn object<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    json.trim_ascii_start().starts_with(b"{").then(|| serde_json::from_slice(json).ok())?
}

/// The last segment of a URL's path, of whatever scheme or none: query, fragment and trailing slashes do not count.
pub(super) fn last_segment(url: &str) -> Option<&str> {
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
}
