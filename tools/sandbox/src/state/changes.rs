//! What changed since the last save, as one line of the state file: which places of the document hold what now.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One place of the document: a path of keys and positions, and what is there now.
#[derive(Debug, Deserialize)]
struct Change {
    at: Vec<Value>,
    #[serde(default)]
    is: Value,
    #[serde(default)]
    gone: bool,
}

/// Gathers changes; written as text at once, because what changed may be large.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    at: Vec<Value>,
    text: Vec<u8>,
}

impl Changes {
    /// Gathers what `inside` finds one step further down.
    pub(crate) fn under<T>(
        &mut self,
        step: &impl Serialize,
        inside: impl FnOnce(&mut Self) -> serde_json::Result<T>,
    ) -> serde_json::Result<T> {
        self.at.push(serde_json::to_value(step)?);
        let done = inside(self);
        self.at.pop();
        done
    }

    /// This is here now.
    pub(crate) fn set<T: Serialize + ?Sized>(&mut self, value: &T) -> serde_json::Result<()> {
        self.begin()?;
        self.text.extend_from_slice(b",\"is\":");
        serde_json::to_writer(&mut self.text, value)?;
        self.text.push(b'}');
        Ok(())
    }

    /// Nothing is here any more.
    pub(crate) fn gone(&mut self) -> serde_json::Result<()> {
        self.begin()?;
        self.text.extend_from_slice(b",\"gone\":true}");
        Ok(())
    }

    fn begin(&mut self) -> serde_json::Result<()> {
        self.text.push(if self.text.is_empty() { b'[' } else { b',' });
        self.text.extend_from_slice(b"{\"at\":");
        serde_json::to_writer(&mut self.text, &self.at)
    }

    /// The line, without its end; nothing where nothing changed.
    pub(crate) fn into_line(mut self) -> Option<Vec<u8>> {
        if self.text.is_empty() {
            return None;
        }
        self.text.push(b']');
        Some(self.text)
    }
}

/// Why a line cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineError {
    /// No line of ours.
    #[error(transparent)]
    Unreadable(#[from] serde_json::Error),
    /// It changes something that is not there.
    #[error("the place {0:?} does not exist")]
    NoSuchPlace(Vec<Value>),
}

/// Carries a line out on the document.
pub(crate) fn apply(document: &mut Value, line: &[u8]) -> Result<(), LineError> {
    for change in serde_json::from_slice::<Vec<Change>>(line)? {
        let Change { at, is, gone } = change;
        let place = at.split_last().and_then(|(last, way)| Some((last, way.iter().try_fold(&mut *document, step)?)));
        place.and_then(|(last, parent)| put(parent, last, is, gone)).ok_or(LineError::NoSuchPlace(at))?;
    }
    Ok(())
}

/// A key in a document is text, whatever it is in memory.
fn key(step: &Value) -> String {
    step.as_str().map_or_else(|| step.to_string(), str::to_owned)
}

fn position(step: &Value) -> Option<usize> {
    step.as_u64().and_then(|at| usize::try_from(at).ok())
}

fn step<'d>(place: &'d mut Value, step: &Value) -> Option<&'d mut Value> {
    match place {
        Value::Object(entries) => entries.get_mut(&key(step)),
        Value::Array(entries) => entries.get_mut(position(step)?),
        _ => None,
    }
}

fn put(parent: &mut Value, last: &Value, is: Value, gone: bool) -> Option<()> {
    match parent {
        Value::Object(entries) if gone => remove(entries, last),
        Value::Object(entries) => {
            entries.insert(key(last), is);
        }
        Value::Array(entries) if !gone => match position(last)? {
            at if at == entries.len() => entries.push(is),
            at => *entries.get_mut(at)? = is,
        },
        _ => return None,
    }
    Some(())
}

fn remove(entries: &mut Map<String, Value>, last: &Value) {
    // What came and went between two saves was never there.
    entries.remove(&key(last));
}
