//! Looks up a request whose create reply was lost (facts crosschq §9.4).
//!
//! Where Crosschq takes our extensions it knows our external id, and we ask by that; elsewhere it never learnt the id,
//! and we ask by the candidate's e-mail. An entry that echoes our id is ours. Of those that echo none, all that are about
//! the candidate and the position may be ours, unless they are older than the order: also what has ended, as a candidate
//! may have declined or finished while we were kept from asking.

use super::call::{Call, unavailable};
use super::client::Crosschq;
use super::paths::Paths;
use super::wire::search;
use crate::domain::{Customer, ReferenceRequest};
use crate::ports::{Likely, ProviderError, Sought};

/// A search is for one person or one id; more pages mean that Crosschq ignored the question.
const MOST_PAGES: usize = 5;

impl Crosschq {
    pub(super) async fn look_up(&self, customer: &Customer, sought: &Sought<'_>) -> Result<Vec<Likely>, ProviderError> {
        let settings = &customer.settings.crosschq;
        let question = match sought.candidate {
            _ if !settings.capabilities.search => return Err(ProviderError::Unsupported),
            _ if settings.extensions => ("external_id".to_owned(), sought.external_id.to_owned()),
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
                None => return Ok(echoed(&listed, sought).unwrap_or_else(|| alike(&listed, sought))),
            }
        }
        echoed(&listed, sought).ok_or_else(|| unavailable("the search lists too many requests"))
    }
}

fn echoed(listed: &[ReferenceRequest], sought: &Sought<'_>) -> Option<Vec<Likely>> {
    let echoed = listed.iter().find(|request| request.external_id.as_deref() == Some(sought.external_id))?;
    Some(vec![Likely { request: echoed.id.clone(), uncertain: false }])
}

fn alike(listed: &[ReferenceRequest], sought: &Sought<'_>) -> Vec<Likely> {
    let is_about = |request: &&ReferenceRequest| {
        let about = request.candidate.email.as_ref().zip(sought.candidate);
        about.is_some_and(|(seen, own)| seen.expose().eq_ignore_ascii_case(own.email.expose()))
    };
    Likely::among(listed.iter().filter(is_about), sought)
}
