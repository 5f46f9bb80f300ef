//! Whether Crosschq holds the request of a create that was not answered (docs/vendors/crosschq.md §9.4).

use crate::domain::{Check, Customer, Email, RequestId};
use crate::failure::Failure;
use crate::ports::{Ats, AtsError, Fingerprints, ProviderError, ReadChecks, ReferenceProvider, RequestQuery};

use crate::flows::support::recognize::{Likeness, likeness};

/// What a look-up shows.
pub(super) enum Lookup {
    /// Crosschq holds our request.
    Found(RequestId),
    /// It does not.
    NotFound,
    /// Neither: several could be ours, or one that is uncertain, or there is nothing to know it by.
    Ambiguous,
}

/// Looks requests up.
pub(super) struct RequestFinder<'a> {
    pub(super) ats: &'a dyn Ats,
    pub(super) provider: &'a dyn ReferenceProvider,
    pub(super) checks: &'a dyn ReadChecks,
    pub(super) fingerprints: &'a dyn Fingerprints,
}

impl RequestFinder<'_> {
    /// Looks the request of a check up, by the candidate's address where it can be read.
    pub(super) async fn find(&self, customer: &Customer, check: &Check) -> Result<Lookup, Failure> {
        // Where Crosschq knows our own id, nothing of the candidate is needed.
        let email = if customer.settings.crosschq.extensions { None } else { self.address(customer, check).await? };
        self.find_by_address(customer, check, email.as_ref()).await
    }

    async fn address(&self, customer: &Customer, check: &Check) -> Result<Option<Email>, Failure> {
        let read = async |person| match self.ats.person(customer, person).await {
            Ok(contact) => Ok(Some(contact.email)),
            Err(AtsError::NotFound) => Ok(None),
            Err(error) => Err(Failure::from(error)),
        };
        if let Some(person) = &check.subject.person
            && let Some(email) = read(person).await?
        {
            return Ok(email);
        }
        // The candidate may have been merged into another since.
        match self.ats.workflow(customer, &check.key.workflow).await {
            Ok(workflow) => match &workflow.person {
                Some(person) => Ok(read(person).await?.flatten()),
                None => Ok(None),
            },
            Err(AtsError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Looks our request up at Crosschq. One that another check holds is not ours, however much it resembles it: those are
    /// dropped first. Of several that are left none is taken, nor an uncertain one: it would show the recruiter another
    /// order's report. None left shows that there is none, if the address is still the one that the create named.
    pub(super) async fn find_by_address(
        &self,
        customer: &Customer,
        check: &Check,
        email: Option<&Email>,
    ) -> Result<Lookup, Failure> {
        let external_id = check.external_id();
        let query = RequestQuery { external_id: &external_id, email };
        let listed = match self.provider.find(customer, &query).await {
            Ok(listed) => listed,
            Err(ProviderError::Unsupported) => return Ok(Lookup::Ambiguous),
            Err(error) => return Err(error.into()),
        };
        let mut left = Vec::new();
        for request in listed {
            let holder = self.checks.by_request(&customer.id, &request.id).await?;
            if holder.is_none_or(|holder| holder == check.key) {
                left.push(request);
            }
        }
        let (mut certain, mut uncertain) = (Vec::new(), 0);
        for request in &left {
            match likeness(self.fingerprints, customer, check, request).await? {
                Likeness::Ours => return Ok(Lookup::Found(request.id.clone())),
                Likeness::Certain => certain.push(&request.id),
                Likeness::Uncertain => uncertain += 1,
                Likeness::None => {}
            }
        }
        Ok(match (certain.as_slice(), uncertain) {
            ([one], _) => Lookup::Found((*one).clone()),
            ([], 0) if self.names_what_was_sent(customer, check, email).await? => Lookup::NotFound,
            _ => Lookup::Ambiguous,
        })
    }

    /// Whether a search for this address searches for what the create named. Our own id always does.
    async fn names_what_was_sent(
        &self,
        customer: &Customer,
        check: &Check,
        email: Option<&Email>,
    ) -> Result<bool, Failure> {
        if customer.settings.crosschq.extensions {
            return Ok(true);
        }
        let (Some(email), Some(sent)) = (email, check.fingerprint()) else { return Ok(false) };
        let now = self.fingerprints.of(&customer.id, email, "").await?;
        Ok(now.iter().any(|now| now.address == sent.address))
    }
}
