//! Changes of settings by JSON merge patches (RFC 7396).

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::refused::{Refused, parse_value};

/// Applies a merge patch to a document.
pub fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    for (key, value) in patch {
        if value.is_null() {
            target.as_object_mut().map(|target| target.remove(&key));
        } else {
            merge(&mut target[&key], value);
        }
    }
}

/// The settings with the patch applied, if that leaves valid settings.
pub(super) fn patched<T: Serialize + DeserializeOwned>(settings: &T, patch: Value) -> Result<T, Refused> {
    let mut merged = serde_json::to_value(settings).map_err(Refused::conflict)?;
    replace_tagged(&mut merged, &patch);
    merge(&mut merged, patch);
    parse_value(merged)
}

/// Empties every object that the patch gives a new `kind`, so that merging replaces it.
fn replace_tagged(target: &mut Value, patch: &Value) {
    let (Some(object), Some(patch)) = (target.as_object_mut(), patch.as_object()) else {
        return;
    };
    if patch.contains_key("kind") {
        object.clear();
        return;
    }
    for (key, value) in patch {
        if let Some(inner) = object.get_mut(key) {
            replace_tagged(inner, value);
        }
    }
}
