//! Looks up a request whose create reply was lost (facts crosschq §9.4).
//!
//! Where Crosschq takes our extensions it knows our external id, and we ask by that; elsewhere it never learnt the id,
//! and we ask by the candidate's e-mail. An entry that echoes our id is ours. One that echoes none is taken for ours if
//! it is about the candidate, still open, and the only such one: adopting a stranger would show the recruiter another
//! position's report, so with two the answer is "not found". Even one may be older than our create: the caller has to
//! see that no other check holds it.

use super::call::{Call, unavailable};
use super::client::Crosschq;
use super::paths::Paths;
use super::wire::search;
use crate::domain::{Candidate, Customer, ReferenceRequest, RequestId};
use crate::ports::ProviderError;

/// A search is for one person or one id; more pages mean that Crosschq ignored the question.
const MOST_PAGES: usize = 5;

impl Crosschq {
    pub(super) async fn look_up(
        &self,
        customer: &Customer,
        external_id: &str,
        candidate: Option<&Candidate>,
    ) -> Result<Option<RequestId>, ProviderError> {
        let settings = &customer.settings.crosschq;
        let question = match candidate {
            _ if !settings.capabilities.search => return Err(ProviderError::Unsupported),
            _ if settings.extensions => ("external_id".to_owned(), external_id.to_owned()),
            Some(candidate) => ("candidate_email".to_owned(), candidate.email.expose().to_owned()),
            None => return Err(ProviderError::Unsupported),
        };
        let mut listed = Vec::new();
        let mut further = search::Query::new();
        for _ in 0..MOST_PAGES {
            let mut query = vec![question.clone(), ("limit".to_owned(), "100".to_owned())];
            query.retain(|(key, _)| further.iter().all(|(other, _)| other != key));
            query.append(&mut further);
            let call = Call { query, ..Call::get(Paths::of(settings.profile).requests) };
            let answer = self.exchange(customer, call).await?;
            let page = search::page(answer.success()?, settings).map_err(unavailable)?;
            listed.extend(page.requests);
            match page.next {
                Some(next) => further = next,
                None => return Ok(ours(&listed, external_id, candidate)),
            }
        }
        let echoed = listed.iter().find(|request| request.external_id.as_deref() == Some(external_id));
        echoed.map(|request| Some(request.id.clone())).ok_or_else(|| unavailable("the search lists too many requests"))
    }
}

fn ours(listed: &[ReferenceRequest], external_id: &str, candidate: Option<&Candidate>) -> Option<RequestId> {
    if let Some(echoed) = listed.iter().find(|request| request.external_id.as_deref() == Some(external_id)) {
        return Some(echoed.id.clone());
    }
    let mut likely = listed.iter().filter(|request| {
        let about = request.candidate.email.as_ref().zip(candidate);
        request.external_id.is_none()
            && request.stage.is_open()
            && about.is_some_and(|(seen, own)| seen.expose().eq_ignore_ascii_case(own.email.expose()))
    });
    let first = likely.next()?;
    if likely.next().is_some() {
        tracing::warn!("several open requests of the candidate could be ours: none is taken");
        return None;
    }
    Some(first.id.clone())
}
