//! Moving a workflow to a configured status. iCIMS takes no condition with a move: what a recruiter does between our look
//! and our move is undone by it, unless we see it in the log and put it back.

use crate::domain::{Check, Customer, Entered, Intent, StatusId, WorkflowId, meaning};
use crate::ports::{Ats, AtsError};

/// What became of a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Moved {
    /// The workflow stands where the check wants it.
    There,
    /// A recruiter had put it there before, and it was left.
    Left(StatusId),
    /// A recruiter had put it there while we moved it, and it was put back.
    PutBack(StatusId),
    /// iCIMS refuses.
    Refused,
}

impl Moved {
    /// Whether the recruiter's choice calls for a cancellation.
    pub(super) fn is_rejection(&self, customer: &Customer) -> bool {
        let (Self::Left(status) | Self::PutBack(status)) = self else { return false };
        let icims = &customer.settings.icims;
        icims.cancel_on_reject && matches!(meaning(&icims.statuses, status), Intent::Cancel(_))
    }
}

/// Moves the workflow, but only from where the order or we put it: a recruiter who moved the candidate on wins.
pub(super) async fn move_status(
    ats: &dyn Ats,
    customer: &Customer,
    check: &Check,
    wanted: &StatusId,
) -> Result<Moved, AtsError> {
    let workflow = &check.key.workflow;
    match ats.workflow(customer, workflow).await?.status {
        Some(present) if present == *wanted => return Ok(Moved::There),
        Some(present) if !is_ours(customer, &present) => return Ok(Moved::Left(present)),
        Some(present) if check.is_over() && is_order(customer, &present) => {
            let log = log(ats, customer, workflow).await;
            if is_ordered_again(customer, check, &log) {
                return Ok(Moved::Left(present));
            }
        }
        _ => {}
    }
    ats.move_status(customer, workflow, wanted).await?;
    let Some(theirs) = undone(customer, wanted, log(ats, customer, workflow).await) else { return Ok(Moved::There) };
    if let Err(error) = ats.move_status(customer, workflow, &theirs).await {
        tracing::error!(customer.id = %customer.id, workflow.id = %workflow, status = %theirs, why = %error,
            "a recruiter moved the workflow while we did, and it cannot be put back: it needs a person");
        return Ok(Moved::Left(theirs));
    }
    tracing::warn!(customer.id = %customer.id, workflow.id = %workflow, status = %theirs,
        "a recruiter moved the workflow while we did: it was put back");
    Ok(Moved::PutBack(theirs))
}

/// The statuses entered, latest first. What is not told changes nothing: then the move stands.
async fn log(ats: &dyn Ats, customer: &Customer, workflow: &WorkflowId) -> Vec<Entered> {
    // Which of the two forms a platform has is not known (facts icims §3.1).
    match ats.status_log(customer, workflow).await {
        Ok(log) if !log.is_empty() => log,
        _ => ats.standing(customer, workflow).await.map(|standing| standing.log).unwrap_or_default(),
    }
}

fn is_order(customer: &Customer, status: &StatusId) -> bool {
    meaning(&customer.settings.icims.statuses, status) == Intent::Request
}

fn is_ours(customer: &Customer, status: &StatusId) -> bool {
    is_order(customer, status) || customer.settings.icims.stage_statuses.all().any(|(_, known)| known.may_be(status))
}

/// Whether the trigger status in which the workflow stands is an order after this check's. Counted beside the date, which
/// may be off by a zone.
fn is_ordered_again(customer: &Customer, check: &Check, log: &[Entered]) -> bool {
    let orders: Vec<&Entered> =
        log.iter().filter(|entered| entered.status.as_ref().is_some_and(|status| is_order(customer, status))).collect();
    orders.len() > usize::try_from(check.key.attempt).unwrap_or(usize::MAX)
        && orders.first().is_some_and(|latest| latest.at > check.state_since)
}

/// The status of somebody else that stands right below our move.
fn undone(customer: &Customer, moved_to: &StatusId, log: Vec<Entered>) -> Option<StatusId> {
    let is_our_move = |entered: &Entered| entered.status.as_ref().is_some_and(|status| status.may_be(moved_to));
    log.first().filter(|latest| is_our_move(latest))?;
    let before = log.into_iter().find(|entered| !is_our_move(entered))?.status?;
    (!is_ours(customer, &before)).then_some(before)
}
