//! Crosschq named a request that no check is known to hold: which check's is it?

use crate::domain::{Actor, Check, CheckKey, CorrelationId, Customer, ReferenceRequest, RequestId, Stage, State, What};
use crate::failure::Failure;
use crate::ports::ProviderError;

use super::commit::commit;
use super::notify;
use super::recognize::{Likeness, likeness};
use super::update::Updater;

/// What became of a request that no check was known to hold.
pub(super) enum Adoption {
    /// This check holds it now.
    Adopted(CheckKey),
    /// It bears a check's id, and the check does not follow it. That is recorded.
    Duplicate,
    /// It is not ours, or not to be recognized yet.
    Unknown,
    /// It is older than anything that we wait for.
    Foreign,
}

impl Updater {
    /// Recognizes a request whose create reply was lost: by our external id where Crosschq echoes it, else as the request
    /// of the one check with an unknown outcome whose candidate and position it names (docs/vendors/crosschq.md §9.4,
    /// third way).
    pub(super) async fn adopt(
        &self,
        customer: &Customer,
        request: &RequestId,
        correlation_id: &CorrelationId,
    ) -> Result<Adoption, Failure> {
        let live = match self.provider.read(customer, request).await {
            Ok(live) => live,
            Err(ProviderError::NotFound) => return Ok(Adoption::Unknown),
            Err(error) => return Err(error.into()),
        };
        match &live.external_id {
            None => self.match_by_candidate(customer, &live, correlation_id).await,
            Some(external_id) => match CheckKey::of_external_id(&customer.id, external_id) {
                Some(key) => self.match_by_external_id(customer, &key, &live, correlation_id).await,
                None => Ok(Adoption::Foreign),
            },
        }
    }

    /// A request that bears a check's external id is its own, whatever the check knows of its create: whoever posted may
    /// have died before recording even that it did not know. Unless the check follows another or ended without one: then
    /// Crosschq created twice, or too late, and a person has to know.
    async fn match_by_external_id(
        &self,
        customer: &Customer,
        key: &CheckKey,
        live: &ReferenceRequest,
        correlation_id: &CorrelationId,
    ) -> Result<Adoption, Failure> {
        let request = &live.id;
        let Some(mut check) = self.checks.load(key).await? else { return Ok(Adoption::Unknown) };
        if live.external_id.as_deref() != Some(check.external_id().as_str()) {
            // An earlier check of the same number sent it, and was erased since.
            return Ok(Adoption::Foreign);
        }
        let now = self.clock.now();
        if let Some(lease) = check.lease.filter(|lease| check.request.is_none() && lease.until > now) {
            // However old the callback is: it must not be let go just while another delivery carries the order out.
            return Err(Failure::retry_after(lease.until.since(now), "the reply to its create is still under way"));
        }
        let known = check.request.as_ref() == Some(request) || check.duplicates.contains(request);
        if !known {
            commit(self.checks.as_ref(), customer, &mut check, |check| {
                if check.request.is_none() && !check.is_over() {
                    let what = What::Adopted { request: request.clone() };
                    check.requested(request.clone(), Actor::Updater, what, correlation_id, now);
                } else {
                    check.record_duplicate(request, Actor::Updater, correlation_id, now);
                }
            })
            .await?;
        }
        if !check.is_duplicate(request) {
            return Ok(Adoption::Adopted(check.key));
        }
        notify::duplicate_request(&check, request);
        self.cancel_duplicate(customer, &check, request, live.stage).await?;
        Ok(Adoption::Duplicate)
    }

    /// A rejection wins over a duplicate as well.
    async fn cancel_duplicate(
        &self,
        customer: &Customer,
        check: &Check,
        request: &RequestId,
        stage: Stage,
    ) -> Result<(), Failure> {
        let Some(reason) = check.cancel.filter(|_| stage.is_open()) else { return Ok(()) };
        match self.provider.cancel(customer, request, reason).await {
            Ok(_) | Err(ProviderError::Unsupported | ProviderError::Refused { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn match_by_candidate(
        &self,
        customer: &Customer,
        live: &ReferenceRequest,
        correlation_id: &CorrelationId,
    ) -> Result<Adoption, Failure> {
        let now = self.clock.now();
        if live.is_older_than(now.before(Check::ADOPTION_WINDOW)) {
            return Ok(Adoption::Foreign);
        }
        let Some(email) = &live.candidate.email else { return Ok(Adoption::Unknown) };
        let mut matching = Vec::new();
        for fingerprint in self.fingerprints.of(&customer.id, email, "").await? {
            for key in self.checks.outcome_unknown(&customer.id, &fingerprint.address).await? {
                let Some(check) = self.checks.load(&key).await? else { continue };
                let waits = check.state == State::OutcomeUnknown && check.request.is_none();
                let alike = likeness(self.fingerprints.as_ref(), customer, &check, live).await?;
                if waits && alike == Likeness::Certain {
                    matching.push(check);
                }
            }
        }
        let [check] = matching.as_mut_slice() else { return Ok(Adoption::Unknown) };
        let request = &live.id;
        commit(self.checks.as_ref(), customer, check, |check| {
            if check.request.is_none() && !check.is_over() {
                let what = What::Adopted { request: request.clone() };
                check.requested(request.clone(), Actor::Updater, what, correlation_id, now);
            }
        })
        .await?;
        let ours = check.request.as_ref() == Some(request);
        Ok(if ours { Adoption::Adopted(check.key.clone()) } else { Adoption::Unknown })
    }
}
