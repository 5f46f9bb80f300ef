//! Crosschq named a request that no check is known to hold: whose is it?

use crate::domain::{Actor, Check, CheckKey, CorrelationId, Customer, ReferenceRequest, RequestId, Stage, State, What};
use crate::failure::Failure;
use crate::ports::ProviderError;

use super::commit::commit;
use super::facts;
use super::tell;
use super::update::Updater;

/// What became of a request that no check was known to hold.
pub(super) enum Recognised {
    /// This check holds it now.
    Ours(CheckKey),
    /// It bears a check's id, and the check does not follow it. That is reported.
    Stray,
    /// It is not ours, or not to be recognised yet.
    No,
}

impl Updater {
    /// Recognises a request whose create reply was lost: by our external id where Crosschq echoes it, else as the request
    /// of the one check with an unknown outcome whose candidate and position it names (facts crosschq §9.4, third way).
    pub(super) async fn recognise(
        &self,
        customer: &Customer,
        request: &RequestId,
        correlation_id: &CorrelationId,
    ) -> Result<Recognised, Failure> {
        let waiting = self.checks.outcome_unknown(&customer.id).await?;
        if waiting.is_empty() && !customer.settings.crosschq.extensions {
            // It never learnt our id, so that it cannot echo it.
            return Ok(Recognised::No);
        }
        let live = match self.provider.read(customer, request).await {
            Ok(live) => live,
            Err(ProviderError::NotFound) => return Ok(Recognised::No),
            Err(error) => return Err(error.into()),
        };
        match &live.external_id {
            None => self.adopt_alike(customer, request, &live, waiting, correlation_id).await,
            Some(external_id) => match CheckKey::of_external_id(&customer.id, external_id) {
                Some(key) => self.adopt_echoed(customer, &key, request, live.stage, correlation_id).await,
                None => Ok(Recognised::No),
            },
        }
    }

    /// A request that bears a check's external id is its own, whatever the check knows of its create: whoever posted may
    /// have died before recording even that it did not know. Unless the check follows another or ended without one: then
    /// Crosschq created twice, or too late, and a person has to know.
    async fn adopt_echoed(
        &self,
        customer: &Customer,
        key: &CheckKey,
        request: &RequestId,
        stage: Stage,
        correlation_id: &CorrelationId,
    ) -> Result<Recognised, Failure> {
        let Some(mut check) = self.checks.load(key).await? else { return Ok(Recognised::No) };
        let now = self.clock.now();
        if let Some(lease) = check.lease.filter(|lease| check.request.is_none() && lease.until > now) {
            // However old the callback is: it must not be let go just while another delivery carries the order out.
            return Err(Failure::retry_after(lease.until.since(now), "the reply to its create is still under way"));
        }
        let known = check.request.as_ref() == Some(request) || check.strays().any(|stray| stray == request);
        if !known {
            commit(self.checks.as_ref(), customer, &mut check, |check| {
                if check.request.is_none() && !check.is_over() {
                    let what = What::Adopted { request: request.clone() };
                    check.requested(request.clone(), Actor::Updater, what, correlation_id, now);
                } else {
                    check.tell_stray(request, Actor::Updater, correlation_id, now);
                }
            })
            .await?;
        }
        if !check.is_stray(request) {
            return Ok(Recognised::Ours(check.key));
        }
        tell::stray_request(&check, request);
        self.cancel_stray(customer, &check, request, stage).await?;
        Ok(Recognised::Stray)
    }

    /// A rejection wins over a stray request as well.
    async fn cancel_stray(
        &self,
        customer: &Customer,
        check: &Check,
        request: &RequestId,
        stage: Stage,
    ) -> Result<(), Failure> {
        let Some(reason) = check.cancel.filter(|_| stage.is_open()) else { return Ok(()) };
        match self.provider.cancel(customer, request, reason).await {
            Ok(_) | Err(ProviderError::Unsupported) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn adopt_alike(
        &self,
        customer: &Customer,
        request: &RequestId,
        live: &ReferenceRequest,
        waiting: Vec<CheckKey>,
        correlation_id: &CorrelationId,
    ) -> Result<Recognised, Failure> {
        let mut matching = Vec::new();
        for key in waiting {
            let Some(check) = self.checks.load(&key).await? else { continue };
            let waits = check.state == State::OutcomeUnknown && check.request.is_none();
            if waits && self.is_about(customer, &check, live).await? {
                matching.push(check);
            }
        }
        let now = self.clock.now();
        let [check] = matching.as_mut_slice() else { return Ok(Recognised::No) };
        commit(self.checks.as_ref(), customer, check, |check| {
            if check.request.is_none() && !check.is_over() {
                let what = What::Adopted { request: request.clone() };
                check.requested(request.clone(), Actor::Updater, what, correlation_id, now);
            }
        })
        .await?;
        let ours = check.request.as_ref() == Some(request);
        Ok(if ours { Recognised::Ours(check.key.clone()) } else { Recognised::No })
    }

    /// Whether a request is the one that this check sent: by its age, the candidate's address and the position.
    async fn is_about(&self, customer: &Customer, check: &Check, live: &ReferenceRequest) -> Result<bool, Failure> {
        let (Some(person), Some(told)) = (&check.person, &live.candidate.email) else { return Ok(false) };
        if live.is_older_than(check.created_at) {
            return Ok(false);
        }
        let known = self.ats.person(customer, person).await?.email;
        let same_person = known.is_some_and(|known| known.expose().eq_ignore_ascii_case(told.expose()));
        Ok(same_person && self.position(customer, check).await? == live.position)
    }

    /// The position that the check's create named.
    async fn position(&self, customer: &Customer, check: &Check) -> Result<Option<String>, Failure> {
        let Some(requisition) = &check.requisition else { return Ok(None) };
        let requisition = self.ats.requisition(customer, requisition).await?;
        Ok(facts::position(customer, check, &requisition))
    }
}
