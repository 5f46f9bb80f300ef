//! Moving a workflow to a configured status. iCIMS takes no condition with a move: a rejection that comes between our look
//! and our move is hidden by it, until the rejection's own event has the canceller move the workflow back.

use super::target::{SyncTarget, Written};
use crate::domain::{Intent, RepeatDecision, StatusId, StatusOutcome, decide_repeat, meaning};
use crate::flows::support::standing;
use crate::ports::AtsError;

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

/// The status that the workflow should be in.
pub(super) struct StatusTask {
    pub(super) target: StatusId,
    pub(super) trigger: Trigger,
}

/// Moves the workflow, but only from where the order or we put it: a recruiter who moved the candidate on wins.
pub(super) async fn write(at: &SyncTarget<'_>, task: &StatusTask) -> Written {
    match move_workflow(at, task).await {
        Ok(outcome) => Written::Status { target: task.target.clone(), outcome },
        Err(error) => at.failed("status", error),
    }
}

async fn move_workflow(at: &SyncTarget<'_>, task: &StatusTask) -> Result<StatusOutcome, AtsError> {
    let (customer, workflow) = (at.job.customer, &at.check.key.workflow);
    let icims = &customer.settings.icims;
    let present = at.ats.workflow(customer, workflow).await?.status;
    if present.as_ref() == Some(&task.target) {
        return Ok(StatusOutcome::Moved);
    }
    let stays = match &present {
        Some(present) if meaning(&icims.statuses, present) == Intent::Request => is_new_order(at, task.trigger).await?,
        Some(present) => !icims.stage_statuses.contains(present),
        None => false,
    };
    if stays {
        return Ok(StatusOutcome::Kept);
    }
    match at.ats.move_status(customer, workflow, &task.target).await {
        Ok(()) => Ok(StatusOutcome::Moved),
        Err(AtsError::Refused { why }) => {
            tracing::error!(why, "iCIMS refuses to move the workflow");
            Ok(StatusOutcome::Kept)
        }
        Err(error) => Err(error),
    }
}

async fn is_new_order(at: &SyncTarget<'_>, trigger: Trigger) -> Result<bool, AtsError> {
    match trigger {
        Trigger::Ours => Ok(false),
        Trigger::New => Ok(true),
        Trigger::PerhapsNew => {
            let (customer, workflow) = (at.job.customer, &at.check.key.workflow);
            let standing = standing::read(at.ats, customer, workflow).await?;
            Ok(!standing.log.is_empty() && decide_repeat(customer, at.check, &standing) == RepeatDecision::New)
        }
    }
}
