//! Where a check's result stands in iCIMS.

use serde::{Deserialize, Serialize};

use super::super::StatusId;

/// Where results are written: the confirmed `assessmentresults` group unless a tenant has another one
/// (docs/vendors/icims.md §4.4, §4.7). An empty field name leaves that value out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResultFields {
    pub collection: String,
    /// Field of the row's name.
    pub name: String,
    /// The row's name: a node of the customer's list.
    pub name_value: String,
    /// The node's id, sent instead of the value once known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_id: Option<StatusId>,
    pub status: String,
    pub date: String,
    pub score: String,
    /// Field of the short result.
    pub result: String,
    pub notes: String,
    /// Field of the link.
    pub url: String,
    /// Node for "Sent".
    pub sent: StatusId,
    /// Node for "In Progress".
    pub in_progress: StatusId,
    /// Node for "Complete".
    pub complete: StatusId,
    /// Node for "Incomplete".
    pub incomplete: StatusId,
    pub result_max_chars: usize,
    pub notes_max_chars: usize,
}

impl Default for ResultFields {
    fn default() -> Self {
        Self {
            collection: "assessmentresults".to_owned(),
            name: "assessmentname".to_owned(),
            name_value: "Crosschq 360".to_owned(),
            name_id: None,
            status: "assessmentstatus".to_owned(),
            date: "assessmentdate".to_owned(),
            score: "assessmentscore".to_owned(),
            result: "assessmentresult".to_owned(),
            notes: "assessmentnotes".to_owned(),
            url: "assessmenturl".to_owned(),
            sent: node("D37002019004"),
            in_progress: node("D37002019003"),
            complete: node("D37002019001"),
            incomplete: node("D37002019002"),
            result_max_chars: 128,
            notes_max_chars: 192,
        }
    }
}

#[expect(clippy::expect_used, reason = "the four literals above are ids")]
fn node(id: &str) -> StatusId {
    StatusId::parse(id).expect("a literal id")
}
