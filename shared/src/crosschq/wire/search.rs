//! A page of a search (docs/vendors/crosschq.md §9.4): `{"data":[…],"next_cursor":…}`, `{"results":[…],"next":…}` or a
//! bare array.

use serde_json::{Map, Value};
use url::Url;

use super::{Unreadable, state};
use crate::domain::{CrosschqSettings, ReferenceRequest};
use crate::lenient::Text;

/// The query of a further page.
pub(in super::super) type Query = Vec<(String, String)>;

/// A page.
pub(in super::super) struct Page {
    pub(in super::super) requests: Vec<ReferenceRequest>,
    /// How to ask for the next, added to the query of the first.
    pub(in super::super) next: Option<Query>,
}

/// Reads a page. An entry without an id spoils it: "not found" must not rest on what could not be read.
pub(in super::super) fn page(body: &[u8], settings: &CrosschqSettings) -> Result<Page, Unreadable> {
    let (entries, rest) = list(body)?;
    let requests = entries
        .into_iter()
        .map(|entry| match entry {
            Value::Object(object) => state::of(object, settings),
            _ => Err(Unreadable("an entry is no object")),
        })
        .collect::<Result<_, _>>()?;
    Ok(Page { requests, next: next(&rest) })
}

/// The entries of a list in any of its forms, and what stands beside them.
pub(super) fn list(body: &[u8]) -> Result<(Vec<Value>, Map<String, Value>), Unreadable> {
    match serde_json::from_slice(body).map_err(|_| Unreadable("not JSON"))? {
        Value::Array(entries) => Ok((entries, Map::new())),
        Value::Object(mut object) => {
            for key in ["data", "results"] {
                if let Some(Value::Array(entries)) = object.remove(key) {
                    return Ok((entries, object));
                }
            }
            Err(Unreadable("no list"))
        }
        _ => Err(Unreadable("no list")),
    }
}

/// Of a `next` link only the query is taken: the address stays ours.
fn next(rest: &Map<String, Value>) -> Option<Query> {
    if let Some(cursor) = rest.get("next_cursor").and_then(Text::of) {
        return Some(vec![("cursor".to_owned(), cursor)]);
    }
    let link = rest.get("next").and_then(Text::of)?;
    let base = Url::parse("https://next.invalid").ok()?;
    Some(base.join(&link).ok()?.query_pairs().into_owned().collect())
}
