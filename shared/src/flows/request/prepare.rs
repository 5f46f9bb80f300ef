//! What a create needs, read from the ATS right before it leaves. Nothing leaves for Crosschq here.

use std::time::Duration;

use super::repeat::{Unconfirmed, repeats};
use crate::domain::{
    CancelReason, Check, CheckKey, HiringManagerRule, Intent, Order, ReferenceOrder, Refusal, StatusId, candidate_of,
    look_again_in, meaning, resolve_template,
};
use crate::failure::Failure;
use crate::flows::support::facts::Reader;
use crate::flows::support::job::Job;
use crate::flows::support::memory::Memory;
use crate::ports::{Ats, Clock, ReadChecks};

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

/// Prepares the create of one order.
pub(super) struct Preparation<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) order: &'a ReferenceOrder,
    pub(super) ats: &'a dyn Ats,
    pub(super) checks: &'a dyn ReadChecks,
    pub(super) clock: &'a dyn Clock,
    pub(super) memory: &'a Memory,
}

impl Preparation<'_> {
    /// Reads the truth from the ATS and expands the template. What was learned about the subject is kept on the check.
    pub(super) async fn prepare(&self, check: &mut Check) -> Result<Order, PrepareError> {
        let Self { job: Job { customer, .. }, order, memory, .. } = *self;
        let reader = Reader { ats: self.ats, customer, clock: self.clock };
        let (person, requisition) = (check.subject.person.as_ref(), check.subject.requisition.as_ref());
        let found = reader.of_order(memory, &check.key.workflow, person, requisition, order.ordered_at).await?;
        check.workflow_found();
        self.confirm_repeat(check).await?;
        if let Some(workflow) = found.workflow {
            check.subject.person = check.subject.person.take().or(workflow.person);
            check.subject.requisition = check.subject.requisition.take().or(workflow.requisition);
            // A hidden status cannot speak against the order.
            if let Some(status) = &workflow.status {
                self.still_ordered(check, status)?;
            }
        }
        let candidate = candidate_of(found.candidate).map_err(PrepareError::Refused)?;
        let template = resolve_template(customer, &found.requisition).map_err(PrepareError::Refused)?;
        let hiring_manager = async {
            match template.hiring_manager {
                HiringManagerRule::FromRequisition => reader.hiring_manager(memory, &found.requisition).await,
                HiringManagerRule::None | HiringManagerRule::Fixed { .. } => Ok(None),
            }
        };
        let (requester, hiring_manager) = futures_util::try_join!(
            reader.requester(memory, &found.requisition, check.subject.acting_user.as_ref()),
            hiring_manager,
        )?;
        check.subject.template = Some(template.tag.clone());
        Ok(Order::new(check, template, candidate, &found.requisition, requester, hiring_manager))
    }

    /// Whether an order after an end, claimed while iCIMS could not be read, is a new one.
    async fn confirm_repeat(&self, check: &mut Check) -> Result<(), PrepareError> {
        let attempt = check.key.attempt.saturating_sub(1);
        if !check.subject.repeat_unconfirmed {
            return Ok(());
        }
        if let Some(previous) = self.checks.load(&CheckKey { attempt, ..check.key.clone() }).await? {
            match repeats(self.ats, self.job, self.order, &previous, self.clock.now()).await {
                Ok(None) => {}
                Ok(Some(_)) => return Err(PrepareError::Refused(Refusal::MovedOn)),
                Err(Unconfirmed::MayLag(after)) => return Err(PrepareError::MayLag(after)),
                Err(Unconfirmed::Unread(failure)) => return Err(failure.into()),
            }
        }
        check.subject.repeat_unconfirmed = false;
        Ok(())
    }

    /// Whether the workflow's status leaves the order standing.
    fn still_ordered(&self, check: &Check, status: &StatusId) -> Result<(), PrepareError> {
        let Self { job: Job { customer, .. }, order, .. } = *self;
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
