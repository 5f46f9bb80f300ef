//! A customer's settings: everything that differs between iCIMS platforms, and every guess about either vendor that a
//! real tenant may answer differently. Secrets are not here (see `ports::CustomerSecrets`).
//!
//! The field names are the attribute names of the record `settings` in the customers table.

mod crosschq;
mod hosts;
mod icims;
mod missed;
mod problem;
mod push;
mod result;
mod statuses;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use crosschq::{CallbackAuth, Capabilities, CrosschqSettings, Profile};
pub use hosts::{Hosts, Region};
pub use icims::{IcimsAuth, IcimsSettings, RequesterSource};
pub use missed::MissedPushes;
pub use problem::{InvalidSettings, SettingsError};
pub use push::{AuthMode, PushAuth};
pub use result::ResultFields;
pub use statuses::{StageStatuses, StatusSets};

use super::{CustomerId, Template};

/// A customer as the flows see it: who, how, and the templates its requisitions may name.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    pub id: CustomerId,
    pub settings: Settings,
    pub templates: Vec<Template>,
}

/// The record `settings`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Off: orders are answered 200 and ignored; open checks are still finished, and cancelled if the candidate is
    /// rejected.
    pub enabled: bool,
    pub icims: IcimsSettings,
    pub crosschq: CrosschqSettings,
    /// Days for which the ids and the history of a finished check are kept.
    #[serde(default = "default_retention_days")]
    pub retention_days: u16,
}

impl Settings {
    /// Checks what can be checked without asking either vendor.
    ///
    /// # Errors
    /// Every setting that cannot work, so that one correction is enough.
    pub fn validate(&self) -> Result<(), InvalidSettings> {
        let mut problems = self.icims.problems();
        problems.extend(self.crosschq.problems());
        if self.retention_days == 0 {
            problems.push(SettingsError::new("retention_days", "keep finished checks for at least one day"));
        }
        InvalidSettings::unless_empty(problems)
    }
}

const fn default_retention_days() -> u16 {
    400
}
