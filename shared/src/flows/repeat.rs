//! Whether an order after an end is a new one.

use std::time::Duration;

use crate::domain::{Check, RepeatDecision, Source, decide_repeat, look_again_in};
use crate::failure::{Failure, Outcome};

use super::request::{Delivery, Requester};
use super::standing;

/// Why it is not known yet whether an order after an end is a new one.
pub(super) enum Unconfirmed {
    /// iCIMS may not show it yet.
    MayLag(Duration),
    /// iCIMS cannot be read.
    Unread(Failure),
}

impl Requester {
    /// Whether an order after an end is an old event that came again, or no order any more: then nothing is claimed.
    pub(super) async fn repeats(
        &self,
        delivery: &Delivery<'_>,
        previous: &Check,
    ) -> Result<Option<Outcome>, Unconfirmed> {
        let order = delivery.order;
        if !previous.is_over() {
            return Ok(Some(Outcome::EarlierCheckOpen));
        }
        if order.source == Source::Operator {
            return Ok(None);
        }
        let (customer, now) = (delivery.customer, self.clock.now());
        let standing = standing::read(self.ats.as_ref(), customer, &order.workflow).await;
        let Some(standing) = standing.map_err(|error| Unconfirmed::Unread(error.into()))? else {
            // Whether the workflow is gone is found out under a claim.
            return Ok(None);
        };
        let decision = decide_repeat(customer, previous, &standing);
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
}
