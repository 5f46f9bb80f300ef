//! The two fakes.

use serde::{Deserialize, Serialize};

/// One of the two fakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Vendor {
    Icims,
    Crosschq,
}

impl Vendor {
    /// Its name in paths of the control plane.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Icims => "icims",
            Self::Crosschq => "crosschq",
        }
    }
}

/// A value for each fake.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct PerVendor<T> {
    icims: T,
    crosschq: T,
}

impl<T> PerVendor<T> {
    pub(crate) fn of(&self, vendor: Vendor) -> &T {
        match vendor {
            Vendor::Icims => &self.icims,
            Vendor::Crosschq => &self.crosschq,
        }
    }

    pub(crate) fn of_mut(&mut self, vendor: Vendor) -> &mut T {
        match vendor {
            Vendor::Icims => &mut self.icims,
            Vendor::Crosschq => &mut self.crosschq,
        }
    }
}
