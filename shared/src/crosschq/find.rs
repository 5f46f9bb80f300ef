//! Looks up a request whose create reply was lost (docs/vendors/crosschq.md §9.4).
//!
//! Where Crosschq takes our extensions it knows our external id, and is searched by that; elsewhere it never learned the id,
//! and is searched by the candidate's e-mail address. Which of the requests found is ours, the caller decides.

use super::client::Crosschq;
use super::paths::Paths;
use super::transport::{Call, unavailable};
use super::wire::error::success;
use super::wire::search;
use crate::domain::{Customer, ReferenceRequest};
use crate::ports::{ProviderError, RequestQuery};

/// A search is for one person or one id; more pages mean that Crosschq ignored its parameters.
const MOST_PAGES: usize = 5;

impl Crosschq {
    pub(super) async fn look_up(
        &self,
        customer: &Customer,
        query: &RequestQuery<'_>,
    ) -> Result<Vec<ReferenceRequest>, ProviderError> {
        let settings = &customer.settings.crosschq;
        let filter = match query.email {
            _ if !settings.capabilities.search => return Err(ProviderError::Unsupported),
            _ if settings.extensions => ("external_id".to_owned(), query.external_id.to_owned()),
            Some(email) => ("candidate_email".to_owned(), email.expose().to_owned()),
            None => return Err(ProviderError::Unsupported),
        };
        let mut listed = Vec::new();
        let mut further = search::Query::new();
        for _ in 0..MOST_PAGES {
            let mut parameters = vec![filter.clone(), ("limit".to_owned(), "100".to_owned())];
            parameters.retain(|(key, _)| further.iter().all(|(other, _)| other != key));
            parameters.append(&mut further);
            let call = Call { query: parameters, ..Call::get(Paths::of(settings.profile).requests) };
            let answer = self.sessions.call(customer, call).await?;
            let page = search::page(success(&answer)?, settings).map_err(unavailable)?;
            listed.extend(page.requests);
            match page.next {
                Some(next) => further = next,
                None => return Ok(relevant(listed, query)),
            }
        }
        match relevant(listed, query) {
            found if found.iter().any(|request| request.external_id.as_deref() == Some(query.external_id)) => Ok(found),
            _ => Err(unavailable("the search lists too many requests")),
        }
    }
}

/// The request that echoes our id, alone; else those of the candidate's address.
fn relevant(mut listed: Vec<ReferenceRequest>, query: &RequestQuery<'_>) -> Vec<ReferenceRequest> {
    let is_echo = |request: &ReferenceRequest| request.external_id.as_deref() == Some(query.external_id);
    if let Some(position) = listed.iter().position(is_echo) {
        return vec![listed.swap_remove(position)];
    }
    listed.retain(|request| {
        let both = request.candidate.email.as_ref().zip(query.email);
        both.is_some_and(|(theirs, ours)| theirs.expose().eq_ignore_ascii_case(ours.expose()))
    });
    listed
}
