//! Every version of a run's checks, recorded behind the faults: what was written, whatever its writer got to know.

use std::collections::BTreeMap;

use connector_core::domain::{Check, Timestamp};
use connector_core::ports::DueCheck;

use crate::audit;

/// The versions of the checks of one workflow, by attempt.
#[derive(Debug, Default)]
pub(super) struct Versions(BTreeMap<u32, BTreeMap<u64, Check>>);

impl Versions {
    pub(super) fn add(&mut self, check: &Check) {
        self.0.entry(check.key.attempt).or_default().insert(check.version, check.clone());
    }

    pub(super) fn postpone(&mut self, due: &DueCheck, until: Timestamp) {
        if let Some(mut last) = self.0.get_mut(&due.key.attempt).and_then(|versions| versions.last_entry()) {
            last.get_mut().timing.due_at = Some(until);
        }
    }

    /// The latest version of every attempt, oldest attempt first.
    pub(super) fn latest(&self) -> Vec<Check> {
        self.0.values().filter_map(|versions| versions.last_key_value()).map(|(_, check)| check.clone()).collect()
    }

    /// Every change that was written without its entry in the history.
    pub(super) fn breaches(&self) -> Vec<String> {
        let mut breaches = Vec::new();
        for versions in self.0.values() {
            let mut before = None;
            for (version, check) in versions {
                breaches.extend(audit::breaches(before, check).into_iter().map(|what| format!("v{version}: {what}")));
                before = Some(check);
            }
        }
        breaches
    }
}
