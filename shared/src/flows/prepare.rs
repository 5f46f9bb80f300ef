//! What a create needs, read from the ATS right before it leaves. Nothing leaves for Crosschq here.

use std::time::Duration;

use crate::domain::{
    CancelReason, Check, CheckKey, HiringManagerRule, Intent, Order, Refusal, candidate_of, look_again_in, meaning,
    resolve_template,
};
use crate::failure::Failure;

use super::repeat::Unconfirmed;
use super::request::{Delivery, Requester};

/// Why a create was not begun.
pub(super) enum PrepareError {
    /// A person has to fix something.
    Refused(Refusal),
    /// The recruiter rejected the candidate.
    Cancelled(CancelReason),
    /// iCIMS does not find the workflow, the candidate or the requisition, or hides it.
    Missing(String),
    /// iCIMS may not show the order yet.
    MayLag(Duration),
    /// Later, perhaps.
    Failed(Failure),
}

impl From<Failure> for PrepareError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Permanent(Refusal::GoneFromAts { what }) => Self::Missing(what),
            Failure::Permanent(refusal) => Self::Refused(refusal),
            other => Self::Failed(other),
        }
    }
}

impl Requester {
    /// Reads the truth from the ATS and expands the template.
    pub(super) async fn prepare(&self, delivery: &Delivery<'_>, check: &mut Check) -> Result<Order, PrepareError> {
        let Delivery { customer, order, .. } = *delivery;
        let reader = self.reader(customer);
        let found = reader
            .of_order(
                &self.memory,
                &check.key.workflow,
                check.person.as_ref(),
                check.requisition.as_ref(),
                order.ordered_at,
            )
            .await?;
        check.workflow_found();
        self.confirm_repeat(delivery, check).await?;
        if let Some(workflow) = found.workflow {
            check.person = check.person.take().or(workflow.person);
            check.requisition = check.requisition.take().or(workflow.requisition);
            // A hidden status cannot speak against the order.
            if let Some(status) = &workflow.status {
                self.stands(delivery, check, status)?;
            }
        }
        let candidate = candidate_of(found.candidate).map_err(PrepareError::Refused)?;
        let template = resolve_template(customer, &found.requisition).map_err(PrepareError::Refused)?;
        let hiring_manager = async {
            match template.hiring_manager {
                HiringManagerRule::FromRequisition => reader.hiring_manager(&self.memory, &found.requisition).await,
                HiringManagerRule::None | HiringManagerRule::Fixed { .. } => Ok(None),
            }
        };
        let (requester, hiring_manager) = futures_util::try_join!(
            reader.requester(&self.memory, &found.requisition, check.acting_user.as_ref()),
            hiring_manager,
        )?;
        check.template = Some(template.tag.clone());
        Ok(Order::new(check, template, candidate, &found.requisition, requester, hiring_manager))
    }

    /// Whether an order after an end, claimed while iCIMS could not be read, is a new one.
    async fn confirm_repeat(&self, delivery: &Delivery<'_>, check: &mut Check) -> Result<(), PrepareError> {
        let attempt = check.key.attempt.saturating_sub(1);
        if !check.repeat_unconfirmed {
            return Ok(());
        }
        if let Some(previous) = self.checks.load(&CheckKey { attempt, ..check.key.clone() }).await? {
            match self.repeats(delivery, &previous).await {
                Ok(None) => {}
                Ok(Some(_)) => return Err(PrepareError::Refused(Refusal::MovedOn)),
                Err(Unconfirmed::MayLag(after)) => return Err(PrepareError::MayLag(after)),
                Err(Unconfirmed::Unread(failure)) => return Err(failure.into()),
            }
        }
        check.repeat_unconfirmed = false;
        Ok(())
    }

    /// Whether the workflow's status leaves the order standing.
    fn stands(
        &self,
        delivery: &Delivery<'_>,
        check: &Check,
        status: &crate::domain::StatusId,
    ) -> Result<(), PrepareError> {
        let Delivery { customer, order, .. } = *delivery;
        let icims = &customer.settings.icims;
        let against = match meaning(&icims.statuses, status) {
            Intent::Request => return Ok(()),
            Intent::Cancel(reason) => PrepareError::Cancelled(reason),
            // That this is a new order was seen in the log: then a move of ours for the attempt before has hidden it.
            Intent::Ignore(_) if check.key.attempt > 1 && icims.stage_statuses.contains(status) => return Ok(()),
            Intent::Ignore(_) => PrepareError::Refused(Refusal::MovedOn),
        };
        match look_again_in(status, order.old_status.as_ref(), order.ordered_at, self.clock.now()) {
            Some(after) => Err(PrepareError::MayLag(after)),
            None => Err(against),
        }
    }
}
