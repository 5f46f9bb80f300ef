//! Everything the sandbox remembers, as one JSON document.

mod changes;
pub(crate) mod clock;
mod file;
mod kept;
mod store;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub(crate) use changes::Changes;
pub use clock::Clock;
pub(crate) use kept::{Journaled, Kept, KeptList, KeptMap, saved_by_field, saved_whole};
pub(crate) use store::Store;

use crate::crosschq::model::Crosschq;
use crate::faults::Faults;
use crate::icims::model::Icims;
use crate::vendor::PerVendor;

/// The whole state of both fakes.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct World {
    pub(crate) clock: Kept<Clock>,
    pub(crate) icims: Icims,
    pub(crate) crosschq: Crosschq,
    pub(crate) faults: Kept<PerVendor<Faults>>,
}

saved_by_field!(World { clock, icims, crosschq, faults });

impl World {
    /// Milliseconds since the epoch on the virtual clock.
    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }
}
