//! The row on the Screen tab.

use super::target::{SyncTarget, Written};
use crate::domain::{Digest, EntryId, Row, View};
use crate::ports::AtsError;

/// The row as it should be, and what was known of it before this delivery.
pub(super) struct RowTask {
    pub(super) view: View,
    pub(super) digest: Digest,
    pub(super) known: Row,
}

/// Writes the row where it is, or where its marker is found, or adds it.
pub(super) async fn write(at: &SyncTarget<'_>, task: &RowTask) -> Written {
    let written = |entry| Written::Row { digest: task.digest.clone(), entry };
    match change(at, task).await {
        Ok(Some(entry)) => return written(Some(entry)),
        Ok(None) => {}
        Err(error) => return at.failed("row", error),
    }
    match at.ats.add_row(at.job.customer, &at.check.key.workflow, &task.view).await {
        // Without an entry, it is found by its marker once it has to be changed.
        Ok(entry) => written(entry),
        Err(error) => {
            let unanswered = matches!(error, AtsError::Unavailable { .. });
            match at.failed("row", error) {
                Written::Failed { failure, .. } => Written::Failed { failure, may_appear: unanswered },
                other => other,
            }
        }
    }
}

/// Changes the row that is there; nothing if there is none.
async fn change(at: &SyncTarget<'_>, task: &RowTask) -> Result<Option<EntryId>, AtsError> {
    let (customer, workflow) = (at.job.customer, &at.check.key.workflow);
    let known = match &task.known {
        Row::Entry(entry) => Some(entry.clone()),
        Row::CreatePending => at.ats.find_row(customer, workflow, &task.view.marker).await?,
        Row::Absent => None,
    };
    let Some(entry) = known else { return Ok(None) };
    match at.ats.change_row(customer, workflow, &entry, &task.view).await {
        Ok(()) => Ok(Some(entry)),
        // Somebody deleted the row; if it is the workflow that is gone, adding will show it.
        Err(AtsError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
