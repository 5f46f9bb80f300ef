//! Everything the sandbox remembers, as one JSON document.

pub(crate) mod clock;
mod store;

use serde::{Deserialize, Serialize};

pub use clock::Clock;
pub(crate) use store::Store;

use crate::crosschq::model::Crosschq;
use crate::faults::Faults;
use crate::icims::model::Icims;

/// The whole state of both fakes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) icims: Icims,
    pub(crate) icims_faults: Faults,
    pub(crate) crosschq: Crosschq,
    pub(crate) crosschq_faults: Faults,
}

impl World {
    /// Milliseconds since the epoch on the virtual clock.
    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }
}
