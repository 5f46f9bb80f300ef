//! Where a workflow stands, and how it came there.

use crate::domain::{Customer, Standing, WorkflowId};
use crate::ports::{Ats, AtsError};

/// Reads the workflow with its log, in a call of its own where iCIMS does not give both together; nothing on a 404.
pub(super) async fn read(
    ats: &dyn Ats,
    customer: &Customer,
    workflow: &WorkflowId,
) -> Result<Option<Standing>, AtsError> {
    let mut standing = match ats.standing(customer, workflow).await {
        Ok(standing) => standing,
        Err(AtsError::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    if standing.log.is_empty() {
        match ats.status_log(customer, workflow).await {
            Ok(log) => standing.log = log,
            Err(AtsError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(standing))
}
