//! What an operator learns of how a platform is set up. No flow needs it.

use crate::domain::{RequisitionId, StatusId};

/// A profile type with a schema; the Schema API has its own names for them (docs/vendors/icims.md §3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileType {
    /// Requisitions.
    Requisition,
    /// Recruiting workflows.
    RecruitingWorkflow,
}

impl ProfileType {
    pub(super) const fn schema_name(self) -> &'static str {
        match self {
            Self::Requisition => "job",
            Self::RecruitingWorkflow => "submittal",
        }
    }
}

/// What a field holds, as far as it matters to a set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Nodes of a list.
    List {
        /// Several at a time.
        several: bool,
    },
    /// Rows of further fields.
    Collection,
    /// Anything else.
    Other,
}

/// A field of a profile type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in the API, e.g. `field23848`.
    pub name: String,
    /// What the platform's users see, if told.
    pub label: Option<String>,
    /// What it holds.
    pub kind: FieldKind,
    /// The fields of a collection's rows.
    pub children: Vec<Field>,
}

/// A status with the text that the platform's users see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabeledStatus {
    /// The id, with its prefix.
    pub id: StatusId,
    /// The text, bin included where the platform writes it so; if told.
    pub label: Option<String>,
}

/// What is learned from one recruiting workflow: nothing of its candidate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sample {
    /// Its status.
    pub status: Option<LabeledStatus>,
    /// The statuses it went through; `None` if the platform did not tell.
    pub log: Option<Vec<LabeledStatus>>,
    /// Its requisition.
    pub requisition: Option<RequisitionId>,
}

/// A value of a list field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListValue {
    /// The node's id, if it is a node that tells it.
    pub id: Option<String>,
    /// The node's own text and its path-formatted one, where they differ.
    pub texts: Vec<String>,
}
