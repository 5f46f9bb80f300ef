//! What really met a history: a fault that was drawn and met no call proves nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::lock::lock;

/// How often each kind of fault was met.
#[derive(Debug, Clone, Default)]
pub struct Met(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl Met {
    pub fn note(&self, what: &'static str) {
        *lock(&self.0).entry(what).or_default() += 1;
    }

    /// How often each kind was met.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        lock(&self.0).clone()
    }
}
