//! Reading what may be there in any shape: iCIMS hides fields, adds keys at any time and writes ids as texts or as numbers
//! (docs/vendors/icims.md §3.1, §3.2).

use serde_json::{Map, Value};

/// A JSON object; nothing if the body is none.
pub(super) fn object(body: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(body).ok()
}

/// A text, or a whole number taken as text. Never empty.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => number.as_i64().map(|number| number.to_string()),
        _ => None,
    }
}

/// The values of a field that may hold one or several.
pub(super) fn entries(value: &Value) -> &[Value] {
    match value {
        Value::Array(several) => several,
        one => std::slice::from_ref(one),
    }
}

/// The id of a list's node: `{"id":"D10100","value":"…","formattedvalue":"…"}`.
pub(super) fn node_id(node: &Value) -> Option<String> {
    text(&node["id"])
}

/// A value's texts: of a node its own and its path-formatted one, as far as they are there.
pub(super) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Object(node) => ["value", "formattedvalue"].iter().filter_map(|key| text(node.get(*key)?)).collect(),
        other => text(other).into_iter().collect(),
    }
}

/// The id of a link to a profile; from the end of its URL where the field is absent.
pub(super) fn profile_id<T: std::str::FromStr>(link: &Value) -> Option<T> {
    let at_end = || link["profile"].as_str()?.trim_end_matches('/').rsplit_once('/').map(|(_, id)| id.to_owned());
    node_id(link).and_then(|id| id.parse().ok()).or_else(|| at_end()?.parse().ok())
}
