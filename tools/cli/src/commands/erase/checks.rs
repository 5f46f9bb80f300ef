//! The person's checks: found, ended, removed.

use std::collections::BTreeSet;
use std::time::Duration;

use connector_core::domain::{Check, CheckKey, CorrelationId, Customer, CustomerId, PersonId};
use connector_core::ports::{Ats as _, AtsError, ReadChecks as _};
use tokio::time::{Instant, sleep};

use super::traces::Traces;
use crate::checks::index::{Pages, Span};
use crate::checks::{Services, cancel, items};
use crate::failure::{CliError, explain_icims};
use crate::session::Session;
use crate::terminal::Terminal;

const POLL_EVERY: Duration = Duration::from_millis(500);
/// How often a check that somebody wrote meanwhile is read again before it is removed.
const TRIES: usize = 5;

#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) checks: Vec<Check>,
    /// Checks that name no candidate, and of whose workflow iCIMS could not be asked.
    pub(super) unattributed: usize,
}

/// The checks of a person. One that never learned its candidate is theirs if iCIMS says so of its workflow.
pub(super) async fn of_person(
    session: &Session,
    services: &Services,
    id: &CustomerId,
    customer: Option<&Customer>,
    person: &PersonId,
) -> Result<Found, CliError> {
    let listed = Pages::of(session, id, Span::default()).rest().await?;
    let keys: Vec<CheckKey> = listed
        .into_iter()
        .filter(|listed| listed.person.as_deref().is_none_or(|message| message == person.as_str()))
        .map(|listed| listed.key)
        .collect();
    let mut found = Found::default();
    for check in items::load(session, &keys).await? {
        match &check.subject.person {
            Some(candidate) if candidate == person => found.checks.push(check),
            Some(_) => {}
            None => match candidate_of(services, customer, &check).await? {
                None => found.unattributed += 1,
                Some(candidate) if candidate == *person => found.checks.push(check),
                Some(_) => {}
            },
        }
    }
    Ok(found)
}

/// The candidate of a check that names none; nothing where iCIMS does not know either.
async fn candidate_of(
    services: &Services,
    customer: Option<&Customer>,
    check: &Check,
) -> Result<Option<PersonId>, CliError> {
    let Some(customer) = customer else { return Ok(None) };
    match services.icims.workflow(customer, &check.key.workflow).await {
        Ok(workflow) => Ok(workflow.person),
        Err(AtsError::NotFound) => Ok(None),
        Err(error) => Err(explain_icims(customer, "recruiting workflows", error)
            .context(|why| format!("a check names no candidate, and iCIMS cannot be asked for it: {why}"))),
    }
}

/// Adds the other attempts of the person's workflows: an index may not know them yet, and one may not name its candidate.
pub(super) async fn other_attempts(
    services: &Services,
    customer: &CustomerId,
    found: &mut Found,
    traces: &Traces,
) -> Result<(), CliError> {
    let known: BTreeSet<(String, u32)> =
        found.checks.iter().map(|check| (check.key.workflow.to_string(), check.key.attempt)).collect();
    for workflow in &traces.workflows {
        let latest = services.checks.latest(customer, workflow).await?.map_or(0, |latest| latest.key.attempt);
        for attempt in 1..=latest {
            if known.contains(&(workflow.to_string(), attempt)) {
                continue;
            }
            let key = CheckKey { customer: customer.clone(), workflow: workflow.clone(), attempt };
            found.checks.extend(services.checks.load(&key).await?);
        }
    }
    Ok(())
}

/// Cancels those that are open, and waits until all have ended and are shown.
pub(super) async fn cancel_and_wait(
    services: &Services,
    customer: &Customer,
    checks: &mut [Check],
    correlation_id: &CorrelationId,
    patience: Duration,
    terminal: &Terminal,
) -> Result<(), CliError> {
    for check in checks.iter_mut().filter(|check| !check.is_over()) {
        cancel::cancel(services, customer, check, correlation_id).await?;
    }
    let progress = terminal.progress(checks.len(), "waiting for cancelled checks");
    let until = Instant::now() + patience;
    let mut ended = 0;
    loop {
        for check in checks.iter_mut() {
            if let Some(now) = services.checks.load(&check.key).await? {
                *check = now;
            }
        }
        let settled = checks.iter().filter(|check| check.is_over() && !check.needs_sync()).count();
        for _ in ended..settled {
            progress.step();
        }
        ended = ended.max(settled);
        let open = checks.iter().filter(|check| !check.is_over()).count();
        if settled == checks.len() || (open == 0 && Instant::now() >= until) {
            return Ok(());
        }
        if Instant::now() >= until {
            return Err(CliError::busy(format!(
                "{open} checks are cancelled, and have not ended yet; nothing was removed"
            ))
            .fix("run the same command again in a few minutes; `connector check list --open` shows them"));
        }
        sleep(POLL_EVERY).await;
    }
}

/// Removes ended checks; tells how many.
pub(super) async fn remove(
    session: &Session,
    services: &Services,
    checks: &[Check],
    terminal: &Terminal,
) -> Result<u64, CliError> {
    let progress = terminal.progress(checks.len(), "removing checks");
    let mut removed = 0;
    for check in checks {
        let mut standing = Some(check.clone());
        for _ in 0..TRIES {
            let Some(check) = &standing else { break };
            if !check.is_over() {
                return Err(CliError::conflict(format!(
                    "a check of the person was opened again; {removed} were removed"
                ))
                .fix("run the same command again, with --cancel-open"));
            }
            if items::delete(session, check).await? {
                removed += 1;
                standing = None;
            } else {
                standing = services.checks.load(&check.key).await?;
            }
        }
        if standing.is_some() {
            return Err(CliError::busy(format!("others keep writing a check; {removed} were removed"))
                .fix("run the same command again"));
        }
        progress.step();
    }
    Ok(removed)
}

/// Workflows of the person that have a check, strongly consistent.
pub(super) async fn left(services: &Services, customer: &CustomerId, traces: &Traces) -> Result<usize, CliError> {
    let mut left = 0;
    for workflow in &traces.workflows {
        left += usize::from(services.checks.latest(customer, workflow).await?.is_some());
    }
    Ok(left)
}
