//! Where a workflow stands, and how it came there.

use crate::domain::{Customer, Standing, WorkflowId};
use crate::ports::{AtsError, AtsLog};

/// Reads the workflow with its log.
pub(in crate::flows) async fn read(
    ats: &(impl AtsLog + ?Sized),
    customer: &Customer,
    workflow: &WorkflowId,
) -> Result<Standing, AtsError> {
    let standing = ats.standing(customer, workflow).await?;
    with_log(ats, customer, workflow, standing).await
}

/// Completes the reading with the log, in a call of its own, where iCIMS did not give both together.
pub(in crate::flows) async fn with_log(
    ats: &(impl AtsLog + ?Sized),
    customer: &Customer,
    workflow: &WorkflowId,
    mut standing: Standing,
) -> Result<Standing, AtsError> {
    if standing.log.is_empty() {
        match ats.status_log(customer, workflow).await {
            Ok(log) => standing.log = log,
            Err(AtsError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(standing)
}
