//! Whether a new Crosschq key belongs to the account that holds the customer's requests. Any key lists surveys; one of
//! another account would make every open check look as if its request were gone.

use std::sync::Arc;

use connector_core::crosschq::Crosschq;
use connector_core::domain::{Customer, RequestId, State};
use connector_core::ports::{ProviderError, ReferenceProvider as _, SecretSet};

use crate::checks::index::{Listed, Pages, Span};
use crate::checks::items;
use crate::failure::{CliError, explain_crosschq};
use crate::session::Session;
use crate::verification::held::HeldSecrets;

/// How many open requests are read: one may be gone for reasons of its own.
const TRIES: usize = 3;
/// How many pages of the customer's checks are searched for them.
const PAGES: usize = 10;

/// What was found out about a key that works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Account {
    /// It reads a request of the customer.
    Confirmed(RequestId),
    /// Nothing proves it, and this is why.
    Unconfirmed(&'static str),
}

/// Reads open requests of the customer with the new key, and where it finds none with the one in force.
///
/// # Errors
/// [`Kind::Vendor`] if only the key in force finds them; [`Kind::Busy`] if Crosschq does not answer; else what AWS says.
pub(crate) async fn confirm(
    session: &Session,
    customer: &Customer,
    new: &SecretSet,
    in_force: &SecretSet,
) -> Result<Account, CliError> {
    let requests = open_requests(session, customer).await?;
    if requests.is_empty() {
        return Ok(Account::Unconfirmed("the customer has no open request to read with it"));
    }
    let with = |set| Crosschq::new(session.http().clone(), Arc::new(HeldSecrets::new(set)));
    let crosschq = with(new);
    for request in &requests {
        match crosschq.read(customer, request).await {
            Ok(_) => return Ok(Account::Confirmed(request.clone())),
            Err(ProviderError::NotFound) => {}
            Err(error) => return Err(explain_crosschq(customer, "reference request", error)),
        }
    }
    let crosschq = with(in_force);
    let mut answered = false;
    for request in &requests {
        match crosschq.read(customer, request).await {
            Ok(_) => {
                return Err(CliError::vendor(format!(
                    "this key belongs to another Crosschq account: it cannot read request {request}, which the key \
                         in force can"
                ))
                .fix("take the key of the account that holds the customer's requests; nothing was changed"));
            }
            Err(ProviderError::NotFound) => answered = true,
            Err(_) => {}
        }
    }
    Ok(Account::Unconfirmed(if answered {
        "the customer's open requests are found with neither key"
    } else {
        "it finds none of the customer's open requests, and the key in force cannot be asked any more"
    }))
}

/// Some requests that Crosschq should hold, of the youngest checks.
async fn open_requests(session: &Session, customer: &Customer) -> Result<Vec<RequestId>, CliError> {
    let mut pages = Pages::of(session, &customer.id, Span::default());
    let mut keys = Vec::new();
    for _ in 0..PAGES {
        let Some(page) = pages.next().await? else { break };
        let is_open = |listed: &Listed| listed.state.is_some_and(State::is_open_at_crosschq);
        keys.extend(page.into_iter().filter(is_open).map(|listed| listed.key));
        if keys.len() >= TRIES {
            break;
        }
    }
    keys.truncate(TRIES);
    let (checks, _) = items::load_readable(session, &keys).await?;
    Ok(checks.into_iter().filter_map(|check| check.request().cloned()).collect())
}
