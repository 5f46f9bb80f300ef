//! Moving a workflow to a configured status. iCIMS takes no condition with a move: a rejection that comes between our look
//! and our move is hidden by it, until the rejection's own event has the canceller move the workflow back.

use crate::domain::{Check, Customer, RepeatDecision, StatusId, decide_repeat};
use crate::ports::{Ats, AtsError};

use super::receive::orders;
use super::standing;

/// What became of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    /// The workflow stands where the check wants it.
    There,
    /// A recruiter had put it elsewhere, and it was left.
    Left,
    /// iCIMS refuses.
    Refused,
}

/// What the trigger status of the workflow of a finished check stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    /// The check's own order.
    Ours,
    /// Perhaps a later order that nothing has reported: the log shows it.
    PerhapsNew,
    /// The order of a later check.
    New,
}

/// Moves the workflow, but only from where the order or we put it: a recruiter who moved the candidate on wins.
pub(super) async fn move_status(
    ats: &dyn Ats,
    customer: &Customer,
    check: &Check,
    wanted: &StatusId,
    trigger: Trigger,
) -> Result<Moved, AtsError> {
    let workflow = &check.key.workflow;
    match ats.workflow(customer, workflow).await?.status {
        Some(present) if present == *wanted => return Ok(Moved::There),
        Some(present) if orders(customer, &present) => {
            let is_new = match trigger {
                Trigger::Ours => false,
                Trigger::New => true,
                Trigger::PerhapsNew => match standing::read(ats, customer, workflow).await? {
                    Some(standing) if standing.log.is_empty() => false,
                    Some(standing) => decide_repeat(customer, check, &standing) == RepeatDecision::New,
                    None => return Err(AtsError::NotFound),
                },
            };
            if is_new {
                return Ok(Moved::Left);
            }
        }
        Some(present) if !customer.settings.icims.stage_statuses.contains(&present) => return Ok(Moved::Left),
        _ => {}
    }
    match ats.move_status(customer, workflow, wanted).await {
        Ok(()) => Ok(Moved::There),
        Err(AtsError::Refused { why }) => {
            tracing::error!(customer.id = %customer.id, workflow.id = %workflow, why, "iCIMS refuses to move the workflow");
            Ok(Moved::Refused)
        }
        Err(error) => Err(error),
    }
}
