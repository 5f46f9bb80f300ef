//! Whether Crosschq holds the request of a create that was not answered (facts crosschq §9.4).

use crate::domain::{Candidate, Check, Customer, RequestId, candidate_of};
use crate::failure::Failure;
use crate::ports::{ProviderError, Sought};

use super::facts;
use super::request::Requester;

/// What a look-up tells.
pub(super) enum Looked {
    /// Crosschq holds our request.
    Ours(RequestId),
    /// It does not.
    Nothing,
    /// Neither: several could be ours, or one that is uncertain, or there is nothing to know it by.
    CannotTell,
}

impl Requester {
    /// Looks the request of a check up, by the candidate where they can be read.
    pub(super) async fn find(&self, customer: &Customer, check: &Check) -> Result<Looked, Failure> {
        let found = facts::gather(
            self.ats.as_ref(),
            customer,
            &check.key.workflow,
            check.person.as_ref(),
            check.requisition.as_ref(),
        )
        .await;
        let (candidate, position) = match found {
            Ok(found) => {
                let position = facts::position(customer, check, &found.requisition);
                (candidate_of(found.candidate).ok(), position)
            }
            // Without the candidate, our external id alone has to do.
            Err(Failure::Permanent(_)) => (None, None),
            Err(failure) => return Err(failure),
        };
        self.ours(customer, check, candidate.as_ref(), position.as_deref()).await
    }

    /// Looks our request up at Crosschq. One that another check holds is not ours, however much it resembles it. Of
    /// several that are left none is taken, nor an uncertain one: it would show the recruiter another order's report.
    pub(super) async fn ours(
        &self,
        customer: &Customer,
        check: &Check,
        candidate: Option<&Candidate>,
        position: Option<&str>,
    ) -> Result<Looked, Failure> {
        let external_id = check.key.external_id();
        let sought = Sought { external_id: &external_id, candidate, position, since: check.created_at };
        let mut likely = match self.provider.find(customer, &sought).await {
            Ok(likely) => likely,
            Err(ProviderError::Unsupported) => return Ok(Looked::CannotTell),
            Err(error) => return Err(error.into()),
        };
        let mut known = Vec::new();
        for found in &likely {
            let holder = self.checks.by_request(&customer.id, &found.request).await?;
            known.extend(holder.filter(|holder| *holder != check.key).map(|_| found.request.clone()));
        }
        likely.retain(|found| !known.contains(&found.request));
        Ok(match likely.as_slice() {
            [] => Looked::Nothing,
            [one] if !one.uncertain => Looked::Ours(one.request.clone()),
            _ => Looked::CannotTell,
        })
    }
}
