//! Whether an order after an end is a new one.

use std::time::Duration;

use crate::domain::{Check, ReferenceOrder, RepeatDecision, Source, Timestamp, decide_repeat, look_again_in};
use crate::failure::{Failure, Outcome};
use crate::flows::support::{job::Job, standing};
use crate::ports::{Ats, AtsError};

/// Why it is not known yet whether an order after an end is a new one.
pub(super) enum Unconfirmed {
    /// iCIMS may not show it yet.
    MayLag(Duration),
    /// iCIMS cannot be read.
    Unread(Failure),
}

/// Whether an order after an end is an old event that came again, or no order any more: then nothing is claimed.
pub(super) async fn repeats(
    ats: &dyn Ats,
    job: &Job<'_>,
    order: &ReferenceOrder,
    previous: &Check,
    now: Timestamp,
) -> Result<Option<Outcome>, Unconfirmed> {
    if !previous.is_over() {
        return Ok(Some(Outcome::EarlierCheckOpen));
    }
    if order.source == Source::Operator {
        return Ok(None);
    }
    let standing = match standing::read(ats, job.customer, &order.workflow).await {
        Ok(standing) => standing,
        // Whether the workflow is gone is found out under a claim.
        Err(AtsError::NotFound) => return Ok(None),
        Err(error) => return Err(Unconfirmed::Unread(error.into())),
    };
    let decision = decide_repeat(job.customer, previous, &standing);
    if decision == RepeatDecision::New {
        return Ok(None);
    }
    let late = standing
        .workflow
        .status
        .as_ref()
        .and_then(|shown| look_again_in(shown, order.old_status.as_ref(), order.ordered_at, now));
    match late {
        Some(after) => Err(Unconfirmed::MayLag(after)),
        None if decision == RepeatDecision::Left => Ok(Some(Outcome::CandidateMovedOn)),
        None => Ok(Some(Outcome::OrderRepeated)),
    }
}
