//! Whether and how missed events are searched for.

use serde::{Deserialize, Serialize};

use super::problem::SettingsError;

/// Searches for status changes that iCIMS did not push, or that reached nobody, by its Search API (docs/vendors/icims.md
/// §3.7). `{}` switches it on with the defaults.
///
/// What was entered before it was switched on orders nothing. The API user must be in iCIMS' group *Integration User*.
/// An order that was refused at once, with the recruiter told, left no trace here: it is tried once more, and what still
/// hinders it then stands on the Screen tab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MissedPushes {
    /// Minutes from one scan to the next, at least 15: iCIMS offers its searches for background work only.
    pub every_min: u16,
    /// Hours that a scan goes back at most: a status entered before that is left alone. So it is also the longest
    /// outage, of either side, after which all that was missed is found.
    pub look_back_h: u16,
    /// Calls to iCIMS a day that this may cost; two a scan and one for each candidate found without an open check.
    pub calls_a_day: u32,
}

impl Default for MissedPushes {
    fn default() -> Self {
        Self { every_min: 30, look_back_h: 24, calls_a_day: 500 }
    }
}

impl MissedPushes {
    /// The shortest way from one scan to the next, in minutes (docs/vendors/icims.md §3.7).
    const LEAST_EVERY_MIN: u16 = 15;

    pub(super) fn problems(&self) -> Vec<SettingsError> {
        let problem = |name: &str, fix: &str| SettingsError::new(format!("icims.find_missed_pushes.{name}"), fix);
        let mut problems = Vec::new();
        if !(Self::LEAST_EVERY_MIN..=1_440).contains(&self.every_min) {
            problems.push(problem("every_min", "15 to 1440 minutes"));
        }
        if !(1..=168).contains(&self.look_back_h) || u32::from(self.look_back_h) * 60 < u32::from(self.every_min) {
            problems.push(problem("look_back_h", "1 to 168 hours, and no shorter than every_min"));
        }
        if self.calls_a_day < 10 {
            problems.push(problem("calls_a_day", "at least 10"));
        }
        problems
    }
}
