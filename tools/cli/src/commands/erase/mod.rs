//! `connector erase`

mod checks;
mod messages;
mod report;
mod traces;

use connector_core::domain::{CustomerId, PersonId};

use crate::arguments::erase::Erase;
use crate::checks::Services;
use crate::checks::operator_action::OperatorAction;
use crate::failure::CliError;
use crate::records::{audit, customers};
use crate::session::Session;
use crate::terminal::Terminal;

use report::{Erased, Retained};
use traces::Traces;

/// Removes every trace of a person's ids of one customer.
///
/// # Errors
/// [`Kind::Conflict`] while checks are open, [`Kind::Busy`] if they do not end in time, [`Kind::Findings`] if something
/// may be left.
pub(crate) async fn erase(session: &Session, whom: &Erase, terminal: &Terminal) -> Result<(), CliError> {
    let services = Services::open(session).await?;
    let record = customers::find(session, &whom.customer).await?;
    let customer = record.and_then(|record| record.customer().ok());
    let mut found = checks::of_person(session, &services, &whom.customer, customer.as_ref(), &whom.person).await?;
    let mut traces = Traces::default();
    found.checks.iter().for_each(|check| traces.add(check));
    // An order may still wait for its first delivery.
    messages::workflows_of(session, &whom.customer, &whom.person, &mut traces).await?;
    checks::other_attempts(&services, &whom.customer, &mut found, &traces).await?;
    found.checks.iter().for_each(|check| traces.add(check));

    let open = found.checks.iter().filter(|check| !check.is_over()).count();
    let retained = Retained::of(session, customer.as_ref()).await?;
    if whom.dry_run {
        let messages = messages::of_traces(session, &whom.customer, &whom.person, &traces, false).await?;
        let erased = Erased::planned(&found, open, messages, retained);
        return terminal.report(&erased);
    }
    if open > 0 && !whom.cancel_open {
        return Err(CliError::conflict(format!("{open} of the person's checks are open; nothing was removed"))
            .fix("add --cancel-open to cancel them first, or wait until they have ended"));
    }
    let mut operator_action = OperatorAction::begin(session, &whom.customer, "erase").await?;
    terminal
        .confirm(&format!(
            "Remove {} checks of this person of customer {} and all messages about them? It cannot be undone",
            found.checks.len(),
            whom.customer
        ))
        .await?;
    if open > 0 {
        let Some(customer) = &customer else {
            return Err(CliError::input(format!(
                "customer {} has no settings, so its checks cannot be cancelled",
                whom.customer
            ))
            .fix("cancel the requests in Crosschq; the checks end by themselves"));
        };
        checks::cancel_and_wait(
            &services,
            customer,
            &mut found.checks,
            &operator_action.correlation_id,
            whom.patience,
            terminal,
        )
        .await?;
    }
    let unshown = found.checks.iter().filter(|check| check.needs_sync()).count();
    // Messages before checks: an order that were delivered in between would begin its check again. And after them: a worker
    // may have sent one while its check was being removed.
    let mut removed = messages::of_traces(session, &whom.customer, &whom.person, &traces, true).await?;
    let checks_removed = checks::remove(session, &services, &found.checks, terminal).await?;
    removed.add(messages::of_traces(session, &whom.customer, &whom.person, &traces, true).await?);
    let left = checks::left(&services, &whom.customer, &traces).await?;
    let named = named_in_audit(session, &whom.customer, &whom.person, &traces).await?;
    operator_action.note("checks", checks_removed.to_string());
    operator_action.note("messages", removed.total().to_string());
    if checks_removed + removed.total() > 0 {
        operator_action.record().await?;
    }
    let out_of_sight = removed.orders_out_of_sight;
    let erased = Erased::done(&found, checks_removed, unshown, removed, left, named, retained);
    terminal.report(&erased)?;
    if left + named > 0 || out_of_sight > 0 {
        return Err(CliError::findings(unfinished(left, named, out_of_sight))
            .fix("run the same command again in a while: it removes what is left, and says so when nothing is"));
    }
    terminal.done(if checks_removed + erased.messages_removed() == 0 {
        "nothing is left of this person"
    } else {
        "erased"
    });
    Ok(())
}

fn unfinished(left: usize, named: usize, out_of_sight: u64) -> String {
    let mut parts = Vec::new();
    if left > 0 {
        parts.push(format!("{left} workflows of the person have a check again"));
    }
    if named > 0 {
        parts.push(format!("{named} entries of the audit log name an id"));
    }
    if out_of_sight > 0 {
        parts.push(format!(
            "{out_of_sight} orders (of any customer) were with a worker or put off, so that they could not be looked at"
        ));
    }
    parts.join("; ")
}

/// Entries of the audit log that hold one of the ids. By design there are none.
async fn named_in_audit(
    session: &Session,
    customer: &CustomerId,
    person: &PersonId,
    traces: &Traces,
) -> Result<usize, CliError> {
    let log = audit::log(session, customer).await?;
    let is_trace = |text: &str| {
        text == person.as_str()
            || traces.workflows.iter().any(|id| text == id.as_str())
            || traces.requests.iter().any(|id| text == id.as_str())
    };
    let names = |entry: &&audit::Entry| {
        // Counts are numbers as ids are: only what is neither a count nor a correlation id can be one.
        let texts = entry.changes.iter().filter(|change| !matches!(change.field.as_str(), "checks" | "messages"));
        texts.flat_map(|change| [&change.before, &change.after]).flatten().any(|text| is_trace(text))
    };
    Ok(log.iter().filter(names).count())
}
