//! What an event of the ATS reports.

use super::{PersonId, RequisitionId, StatusId, WorkflowId};

/// A workflow moved to another status, as the event reports it: a hint, to be confirmed by a read. Nothing but workflow and
/// new status is sure to be reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChanged {
    pub workflow: WorkflowId,
    pub person: Option<PersonId>,
    pub requisition: Option<RequisitionId>,
    pub acting_user: Option<PersonId>,
    /// Often without its `C` or `D` prefix.
    pub new_status: StatusId,
    pub old_status: Option<StatusId>,
}
