//! A status change came from the ATS: order, cancel or ignore, and refuse at once what cannot work.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{
    Cancellation, Check, CorrelationId, Customer, Envelope, Intent, Message, OrderDecision, ReferenceOrder, Refusal,
    Rejection, Source, StatusChanged, StatusId, candidate_of, decide_event, decide_order, meaning, resolve_template,
};
use crate::failure::{Failure, Outcome, Vendor};
use crate::ports::{Ats, Clock, Queue, ReadChecks, ReferenceProvider};

use super::support::facts::{Facts, Reader};

/// How long the answer to the recruiter may wait for reads from the vendors; then the order is accepted and the worker
/// decides (docs/vendors/icims.md §2.1: answer within about 5 s).
pub const READ_BUDGET: Duration = Duration::from_millis(2_500);

/// Takes status changes in.
pub struct Receiver {
    /// Whether a check is open: one read.
    pub checks: Arc<dyn ReadChecks>,
    pub ats: Arc<dyn Ats>,
    /// The link of a report that is reused.
    pub provider: Arc<dyn ReferenceProvider>,
    pub queue: Arc<dyn Queue>,
    pub clock: Arc<dyn Clock>,
}

impl Receiver {
    /// Handles a status change. When this returns `Ok(Done)`, the message is durable.
    ///
    /// Not read: where the workflow stands now. It may not show the change yet, and the workers look at it anyway.
    ///
    /// # Errors
    /// [`Failure::Permanent`] for an order that cannot work, with the sentence for the recruiter; [`Failure::Retry`]
    /// if it cannot be accepted right now; [`Failure::CredentialsRefused`] if iCIMS refuses us: then no row can be written
    /// either, and this answer is the only way to reach the recruiter.
    pub async fn receive(
        &self,
        customer: &Customer,
        change: StatusChanged,
        correlation_id: &CorrelationId,
    ) -> Result<Outcome, Failure> {
        match decide_event(customer, &change.new_status, change.acting_user.as_ref()) {
            Intent::Ignore(why) => Ok(Outcome::EventIgnored(why)),
            Intent::Cancel(_) => {
                let StatusChanged { workflow, new_status: status, old_status, .. } = change;
                let rejection = Some(Rejection { status, old_status, received_at: self.clock.now() });
                let message = Message::Cancellation(Cancellation { workflow, rejection, source: Source::Event });
                self.queue.send(Envelope::new(customer.id.clone(), correlation_id.clone(), message)).await?;
                Ok(Outcome::CancellationQueued)
            }
            Intent::Request => self.order(customer, change, correlation_id).await,
        }
    }

    async fn order(
        &self,
        customer: &Customer,
        change: StatusChanged,
        correlation_id: &CorrelationId,
    ) -> Result<Outcome, Failure> {
        let reader = Reader { ats: self.ats.as_ref(), customer, clock: self.clock.as_ref() };
        let (person, requisition) = (change.person.as_ref(), change.requisition.as_ref());
        let (latest, facts) = futures_util::join!(
            self.checks.latest(&customer.id, &change.workflow),
            tokio::time::timeout(READ_BUDGET, reader.of_event(&change.workflow, person, requisition)),
        );
        let now = self.clock.now();
        let latest = latest?;
        let attempt = match decide_order(customer, latest.as_ref(), now) {
            OrderDecision::Start { attempt } => attempt,
            OrderDecision::Redelivery => return Ok(Outcome::EventRepeated),
            OrderDecision::Refuse(refusal) => return Err(self.refused(customer, latest.as_ref(), refusal).await),
        };
        match facts {
            Ok(Ok(facts)) => can_be_ordered(customer, facts)?,
            Ok(Err(refused @ (Failure::Permanent(_) | Failure::CredentialsRefused { vendor: Vendor::Icims, .. }))) => {
                return Err(refused);
            }
            Ok(Err(unread)) => {
                tracing::warn!(failure = unread.class().as_str(), why = %unread,
                    "order accepted unverified");
            }
            Err(_) => {
                tracing::warn!("order accepted unverified: iCIMS timed out");
            }
        }
        let order = ReferenceOrder {
            workflow: change.workflow,
            attempt,
            person: change.person,
            requisition: change.requisition,
            acting_user: change.acting_user,
            old_status: change.old_status,
            ordered_at: now,
            source: Source::Event,
        };
        self.queue.send(Envelope::new(customer.id.clone(), correlation_id.clone(), Message::Order(order))).await?;
        Ok(Outcome::OrderQueued)
    }

    /// A refusal, with the link of the report where one is reused and Crosschq gives it in time.
    async fn refused(&self, customer: &Customer, latest: Option<&Check>, mut refusal: Refusal) -> Failure {
        let reused = latest.and_then(Check::request);
        if let (Refusal::ReportExists { report, .. }, Some(request)) = (&mut refusal, reused)
            && let Ok(Ok(live)) = tokio::time::timeout(READ_BUDGET, self.provider.read(customer, request)).await
        {
            *report = live.report;
        }
        Failure::Permanent(refusal)
    }
}

/// Whether an order has all that it needs.
///
/// # Errors
/// [`Failure::Permanent`] with what the recruiter can fix: e-mail, name, template.
pub(super) fn can_be_ordered(customer: &Customer, facts: Facts) -> Result<(), Failure> {
    candidate_of(facts.candidate).map_err(Failure::Permanent)?;
    resolve_template(customer, &facts.requisition).map_err(Failure::Permanent)?;
    Ok(())
}

/// Whether a status orders references of this customer.
pub(super) fn orders(customer: &Customer, status: &StatusId) -> bool {
    meaning(&customer.settings.icims.statuses, status) == Intent::Request
}
