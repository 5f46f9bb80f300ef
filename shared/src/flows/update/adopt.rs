//! Crosschq named a request that no check is known to hold: which check's is it?

use crate::domain::{Actor, Check, CheckKey, CreateOutcome, RecognizedBy, ReferenceRequest, RequestId, Stage};
use crate::failure::Failure;
use crate::flows::support::commit::commit;
use crate::flows::support::job::Job;
use crate::flows::support::notify;
use crate::flows::support::recognize::{Likeness, likeness};
use crate::ports::{Clock, Fingerprints, ProviderError, ReferenceProvider, WriteChecks};

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

/// Finds the check that a request belongs to.
pub(super) struct Adopter<'a> {
    pub(super) checks: &'a dyn WriteChecks,
    pub(super) provider: &'a dyn ReferenceProvider,
    pub(super) fingerprints: &'a dyn Fingerprints,
    pub(super) clock: &'a dyn Clock,
}

impl Adopter<'_> {
    /// Recognizes a request whose create reply was lost: by our external id where Crosschq echoes it, else as the request
    /// of the one check with an unknown outcome whose candidate and position it names (docs/vendors/crosschq.md §9.4,
    /// third way).
    pub(super) async fn adopt(&self, job: &Job<'_>, request: &RequestId) -> Result<Adoption, Failure> {
        let live = match self.provider.read(job.customer, request).await {
            Ok(live) => live,
            Err(ProviderError::NotFound) => return Ok(Adoption::Unknown),
            Err(error) => return Err(error.into()),
        };
        match &live.external_id {
            None => self.match_by_candidate(job, &live).await,
            Some(external_id) => match CheckKey::of_external_id(&job.customer.id, external_id) {
                Some(key) => self.match_by_external_id(job, &key, &live).await,
                None => Ok(Adoption::Foreign),
            },
        }
    }

    /// A request that bears a check's external id is its own, whatever the check knows of its create: whoever posted may
    /// have died before recording even that it did not know. Unless the check follows another or ended without one: then
    /// Crosschq created twice, or too late, and a person has to know.
    async fn match_by_external_id(
        &self,
        job: &Job<'_>,
        key: &CheckKey,
        live: &ReferenceRequest,
    ) -> Result<Adoption, Failure> {
        let request = &live.id;
        let Some(mut check) = self.checks.load(key).await? else { return Ok(Adoption::Unknown) };
        if live.external_id.as_deref() != Some(check.external_id().as_str()) {
            // An earlier check of the same number sent it, and was erased since.
            return Ok(Adoption::Foreign);
        }
        let now = self.clock.now();
        if let Some(lease) = check.lease().filter(|lease| lease.until > now) {
            // However old the callback is: it must not be let go just while another delivery carries the order out.
            return Err(Failure::retry_after(lease.until.since(now), "the reply to its create is still under way"));
        }
        let known = check.request() == Some(request) || check.duplicates().contains(request);
        if !known {
            let stamp = job.stamp(Actor::Updater, now);
            commit(self.checks, job.customer, &mut check, |check| {
                if check.creating().is_some() {
                    check.requested(request, RecognizedBy::Likeness, &stamp);
                } else {
                    check.record_duplicate(request, &stamp);
                }
            })
            .await?;
        }
        if !check.is_duplicate(request) {
            return Ok(Adoption::Adopted(check.key));
        }
        notify::duplicate_request(&check, request);
        self.cancel_duplicate(job, &check, request, live.stage).await?;
        Ok(Adoption::Duplicate)
    }

    /// A rejection wins over a duplicate as well.
    async fn cancel_duplicate(
        &self,
        job: &Job<'_>,
        check: &Check,
        request: &RequestId,
        stage: Stage,
    ) -> Result<(), Failure> {
        let Some(reason) = check.cancel_reason().filter(|_| stage.is_open()) else { return Ok(()) };
        match self.provider.cancel(job.customer, request, reason).await {
            Ok(_) | Err(ProviderError::Unsupported | ProviderError::Refused { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn match_by_candidate(&self, job: &Job<'_>, live: &ReferenceRequest) -> Result<Adoption, Failure> {
        let (customer, now) = (job.customer, self.clock.now());
        if live.is_older_than(now.before(Check::ADOPTION_WINDOW)) {
            return Ok(Adoption::Foreign);
        }
        let Some(email) = &live.candidate.email else { return Ok(Adoption::Unknown) };
        let mut matching = Vec::new();
        for fingerprint in self.fingerprints.of(&customer.id, email, "").await? {
            for key in self.checks.outcome_unknown(&customer.id, &fingerprint.address).await? {
                let Some(check) = self.checks.load(&key).await? else { continue };
                let waits = check.creating().is_some_and(|creating| creating.outcome == CreateOutcome::Unknown);
                let alike = likeness(self.fingerprints, customer, &check, live).await?;
                if waits && alike == Likeness::Certain {
                    matching.push(check);
                }
            }
        }
        let [check] = matching.as_mut_slice() else { return Ok(Adoption::Unknown) };
        let request = &live.id;
        let stamp = job.stamp(Actor::Updater, now);
        commit(self.checks, customer, check, |check| {
            if check.creating().is_some() {
                check.requested(request, RecognizedBy::Likeness, &stamp);
            }
        })
        .await?;
        let ours = check.request() == Some(request);
        Ok(if ours { Adoption::Adopted(check.key.clone()) } else { Adoption::Unknown })
    }
}
