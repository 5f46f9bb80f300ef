//! What changed since the last save, as one line of the state file: which places of the document hold what now.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One place of the document, and what is there now; nothing when it was removed.
#[derive(Debug, Deserialize)]
struct Change {
    at: Vec<String>,
    #[serde(default)]
    is: Value,
    #[serde(default)]
    gone: bool,
}

/// Collects changes; written as text at once, because what changed may be large.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    at: Vec<String>,
    text: Vec<u8>,
}

impl Changes {
    /// Collects what `inside` finds under a key.
    pub(crate) fn under<T>(
        &mut self,
        key: &impl Serialize,
        inside: impl FnOnce(&mut Self) -> serde_json::Result<T>,
    ) -> serde_json::Result<T> {
        // A key of a document is text, whatever it is in memory.
        self.at.push(match serde_json::to_value(key)? {
            Value::String(text) => text,
            other => other.to_string(),
        });
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
    pub(crate) fn remove(&mut self) -> serde_json::Result<()> {
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

/// Why a line cannot be applied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineError {
    #[error(transparent)]
    Unreadable(#[from] serde_json::Error),
    #[error("the place {0:?} does not exist")]
    NoSuchPlace(Vec<String>),
}

/// Applies a line to the document.
pub(crate) fn apply(document: &mut Value, line: &[u8]) -> Result<(), LineError> {
    for Change { at, is, gone } in serde_json::from_slice::<Vec<Change>>(line)? {
        let parent = at.split_last().and_then(|(last, path)| {
            let parent = path.iter().try_fold(&mut *document, |place, key| place.get_mut(key))?;
            Some((last.clone(), parent.as_object_mut()?))
        });
        match parent {
            // What came and went between two saves was never there.
            Some((last, parent)) if gone => drop(parent.remove(&last)),
            Some((last, parent)) => drop(parent.insert(last, is)),
            None => return Err(LineError::NoSuchPlace(at)),
        }
    }
    Ok(())
}
