//! Everything the sandbox remembers, as one JSON document.

mod changes;
pub(crate) mod clock;
mod file;
mod store;
#[cfg(test)]
mod tests;
mod tracked;

use serde::{Deserialize, Serialize};

pub(crate) use changes::Changes;
pub use clock::Clock;
pub(crate) use store::Store;
pub(crate) use tracked::{Journaled, Tracked, TrackedMap, saved_by_field, saved_whole};

use crate::crosschq::model::Crosschq;
use crate::faults::Faults;
use crate::icims::model::Icims;
use crate::vendor::PerVendor;

/// The whole state of both fakes.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct World {
    pub(crate) clock: Tracked<Clock>,
    pub(crate) icims: Icims,
    pub(crate) crosschq: Crosschq,
    pub(crate) faults: Tracked<PerVendor<Faults>>,
}

saved_by_field!(World { clock, icims, crosschq, faults });

impl World {
    /// Milliseconds since the epoch on the virtual clock.
    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }
}
