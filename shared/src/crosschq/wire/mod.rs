//! The shapes on the wire, and the only doors from them into our own types.

pub(super) mod cancel;
pub(super) mod create;
pub(super) mod error;
mod message;
pub(super) mod search;
pub(super) mod state;
pub(super) mod surveys;

use serde_json::{Map, Value};

use crate::domain::RequestId;
use crate::lenient::Text;

/// An answer that does not say what it must. Tells which part, never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unreadable answer: {0}")]
pub(super) struct Unreadable(pub(super) &'static str);

/// Reads a body as an object, out of its `{"data":{…}}` if it is wrapped (docs/vendors/crosschq.md §9.3).
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    let value = serde_json::from_slice(body).map_err(|_| Unreadable("not JSON"))?;
    unwrapped(value).ok_or(Unreadable("not a JSON object"))
}

fn unwrapped(value: Value) -> Option<Map<String, Value>> {
    let Value::Object(mut object) = value else { return None };
    match object.remove("data") {
        Some(Value::Object(inner)) => Some(inner),
        Some(other) => {
            object.insert("data".to_owned(), other);
            Some(object)
        }
        None => Some(object),
    }
}

/// The request's id: `request_id` in the reply to a create, `id` in a state (docs/vendors/crosschq.md §1.5).
pub(super) fn request_id(object: &Map<String, Value>) -> Result<RequestId, Unreadable> {
    let text = ["request_id", "id"].iter().find_map(|key| Text::of(object.get(*key)?));
    RequestId::parse(text.ok_or(Unreadable("no id"))?).map_err(|_| Unreadable("the id is not one"))
}

/// Our own id, if the object echoes it in a form that we could have sent.
pub(super) fn external_id(object: &Map<String, Value>) -> Option<String> {
    let text = object.get("external_id").and_then(Text::of)?;
    let clean = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'));
    (clean && text.len() <= 200).then_some(text)
}
