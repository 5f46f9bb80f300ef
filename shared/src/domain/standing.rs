//! Where a workflow stands, and how it came there.

use super::{PersonId, RecruitingWorkflow, StatusId, Timestamp};

/// A workflow entered a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// Absent where the ATS does not say.
    pub status: Option<StatusId>,
    /// Rounded down to the minute.
    pub at: Timestamp,
    /// Who moved it, where the ATS says.
    pub by: Option<PersonId>,
}

/// Where a workflow stands, and how it came there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    pub workflow: RecruitingWorkflow,
    /// The statuses it entered, latest first, as far back as the ATS reports. Empty where it reports none.
    pub log: Vec<Entered>,
}

impl Standing {
    /// The entry into the status in which it stands.
    pub fn entered(&self) -> Option<&Entered> {
        let status = self.workflow.status.as_ref()?;
        self.log.first().filter(|entered| entered.status.as_ref().is_some_and(|known| known.may_be(status)))
    }
}
