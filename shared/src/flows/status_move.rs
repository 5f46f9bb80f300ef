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

/// Moves the workflow, but only from where the order or we put it: a recruiter who moved the candidate on wins. `begun` is
/// where an earlier delivery meant to move it, if nothing tells how far it came.
pub(super) async fn move_status(
    ats: &dyn Ats,
    customer: &Customer,
    check: &Check,
    wanted: &StatusId,
    begun: Option<&StatusId>,
) -> Result<Moved, AtsError> {
    let workflow = &check.key.workflow;
    match ats.workflow(customer, workflow).await?.status {
        Some(present) if present == *wanted && begun.is_none() => return Ok(Moved::There),
        Some(present) if present == *wanted => {}
        Some(present) if !is_ours(customer, &present) => return Ok(Moved::Left(present)),
        Some(present) if check.is_over() && is_order(customer, &present) => {
            if is_ordered_again(customer, check, &log(ats, customer, workflow).await) {
                return Ok(Moved::Left(present));
            }
            ats.move_status(customer, workflow, wanted).await?;
        }
        _ => ats.move_status(customer, workflow, wanted).await?,
    }
    put_back(ats, customer, workflow, &[Some(wanted), begun]).await
}

/// Sees to a move that an earlier delivery began, that nothing tells the end of, and that is not wanted any more.
pub(super) async fn settle(
    ats: &dyn Ats,
    customer: &Customer,
    workflow: &WorkflowId,
    begun: &StatusId,
) -> Result<Moved, AtsError> {
    match ats.workflow(customer, workflow).await?.status {
        Some(present) if present != *begun => Ok(Moved::Left(present)),
        _ => put_back(ats, customer, workflow, &[Some(begun), None]).await,
    }
}

/// Puts back what stands right below our moves in the log, if it is somebody else's.
async fn put_back(
    ats: &dyn Ats,
    customer: &Customer,
    workflow: &WorkflowId,
    moves: &[Option<&StatusId>; 2],
) -> Result<Moved, AtsError> {
    let Some(theirs) = undone(customer, moves, log(ats, customer, workflow).await) else { return Ok(Moved::There) };
    match ats.move_status(customer, workflow, &theirs).await {
        Ok(()) => {
            tracing::warn!(customer.id = %customer.id, workflow.id = %workflow, status = %theirs,
                "a recruiter moved the workflow while we did: it was put back");
            Ok(Moved::PutBack(theirs))
        }
        Err(AtsError::Refused { why }) => {
            tracing::error!(customer.id = %customer.id, workflow.id = %workflow, status = %theirs, why,
                "a recruiter moved the workflow while we did, and iCIMS refuses to put it back: it needs a person");
            Ok(Moved::Left(theirs))
        }
        Err(error) => Err(error),
    }
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

/// The status of somebody else that stands right below our moves.
fn undone(customer: &Customer, moves: &[Option<&StatusId>; 2], log: Vec<Entered>) -> Option<StatusId> {
    let is_our_move = |entered: &Entered| {
        entered.status.as_ref().is_some_and(|status| moves.iter().flatten().any(|moved_to| status.may_be(moved_to)))
    };
    log.first().filter(|latest| is_our_move(latest))?;
    let mut below = log.into_iter().skip_while(|entered| is_our_move(entered));
    let theirs = below.next()?.status.filter(|status| !is_ours(customer, status))?;
    // We moved it from where the order or we had put it: a log without that writes statuses in another way than we do.
    below.any(|entered| entered.status.is_some_and(|status| is_ours(customer, &status))).then_some(theirs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CustomerId, Timestamp};

    fn customer() -> Customer {
        let settings = r#"{"enabled":true,"crosschq":{},"icims":{"region":"us","push":{"accept":["basic"]},
            "statuses":{"trigger":["C1"],"rejected":["C2"]},"stage_statuses":{"requested":"C11","completed":"C12"}}}"#;
        let settings = serde_json::from_str(settings).unwrap();
        Customer { id: CustomerId::parse("1234").unwrap(), settings, templates: Vec::new() }
    }

    /// What a log of these statuses, latest first, has put back after a move to `C12` that followed one to `C11`.
    fn put_back(log: &[&str]) -> Option<String> {
        let entry =
            |status: &&str| Entered { status: StatusId::parse(*status).ok(), at: Timestamp::from_s(0), by: None };
        let [completed, requested] = ["C12", "C11"].map(|status| StatusId::parse(status).unwrap());
        let moves = [Some(&completed), Some(&requested)];
        undone(&customer(), &moves, log.iter().map(entry).collect()).map(|status| status.to_string())
    }

    #[test]
    fn what_a_recruiter_chose_right_before_our_move_is_put_back_and_nothing_else_is() {
        assert_eq!(put_back(&["C12", "C2", "C1"]).as_deref(), Some("C2"));
        assert_eq!(put_back(&["C12", "C11", "C2", "C1"]).as_deref(), Some("C2"), "both moves were ours");
        assert_eq!(put_back(&["C12", "C11", "C9", "C1", "C8"]).as_deref(), Some("C9"));
        for nothing in [
            &["C12", "C11", "C1", "C2"][..],
            &["C2", "C12", "C1"],
            &["C12"],
            &[],
            &["C12", "?", "C1"],
            // The order itself, written in another way than the settings do.
            &["C12", "D1"],
            &["C12", "D1", "D8"],
        ] {
            assert_eq!(put_back(nothing), None, "{nothing:?}");
        }
    }
}
