//! One HTTP request of iCIMS, as the front handed it over.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method};

/// A request of iCIMS: byte for byte what it signed, as far as the front leaves it.
#[derive(Clone)]
pub struct Push {
    pub method: Method,
    /// The headers; `Host` among them.
    pub headers: HeaderMap,
    /// The path, not decoded (API Gateway's `rawPath`).
    pub raw_path: String,
    /// The query without `?`, not decoded (API Gateway's `rawQueryString`); may be empty.
    pub raw_query: String,
    /// The body, whether or not the front's base64 was undone.
    pub body: Bytes,
    /// The last segment of `/icims/events/{secret}`, where that route was taken.
    pub path_secret: Option<String>,
}

impl Push {
    /// The one value of a header, trimmed; nothing if it is absent, repeated or not text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        if values.next().is_some() {
            return None;
        }
        std::str::from_utf8(value.as_bytes()).ok().map(str::trim)
    }

    /// What stands in `Authorization` after this scheme, if the header has it.
    pub(super) fn authorization(&self, scheme: &str) -> Option<&str> {
        let value = self.header("authorization")?;
        let (word, rest) = value.split_once([' ', '\t'])?;
        word.eq_ignore_ascii_case(scheme).then(|| rest.trim())
    }
}

/// Prints neither headers, body nor path: each of them may hold a secret or a person.
impl fmt::Debug for Push {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push")
            .field("method", &self.method)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
