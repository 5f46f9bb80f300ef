//! What the ATS tells of a recruiting workflow and its requisition. Every part may be hidden from the API user.

use super::{PersonId, RequisitionId, StatusId};

/// One candidate on one requisition, as it stands now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecruitingWorkflow {
    /// Its status; absent when hidden (docs/vendors/icims.md §3.1).
    pub status: Option<StatusId>,
    pub person: Option<PersonId>,
    pub requisition: Option<RequisitionId>,
}

/// The opening, as far as an order needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requisition {
    /// Its title, shown to candidate and referees unless the template names a position.
    pub title: Option<String>,
    /// The values of the field that names the template, in the requisition's order. Several vendors may share it.
    pub template_values: Vec<String>,
    /// Who recruits for it.
    pub recruiter: Option<PersonId>,
    /// Who will manage the hire.
    pub hiring_manager: Option<PersonId>,
}
