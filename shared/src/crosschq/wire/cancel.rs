//! The cancel (docs/vendors/crosschq.md §9.4).

use serde::Serialize;

use crate::domain::CancelReason;

#[derive(Serialize)]
struct Cancel {
    reason: &'static str,
}

/// The body of a cancel.
pub(in super::super) fn body(reason: CancelReason) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Cancel {
        reason: match reason {
            CancelReason::Rejected => "candidate_rejected",
            CancelReason::Withdrawn => "candidate_withdrawn",
            CancelReason::Operator => "requested_by_user",
            // The nearest of the four words: the place in the process is gone.
            CancelReason::WorkflowGone => "job_closed",
        },
    })
}
