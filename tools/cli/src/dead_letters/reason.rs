//! Why a message ended in the dead-letter queue. SQS does not record it: the likely cause follows from the message and its
//! check; the log line with its correlation id has the actual one.

use connector_core::domain::{Check, CheckKey, State};
use connector_core::failure::{Cause, Failure};
use connector_core::ports::ReadChecks as _;
use serde::Serialize;

use super::{Content, DeadLetter, Subject};
use crate::checks::{Services, label, text};
use crate::failure::{CliError, Kind};
use crate::records::customers;
use crate::session::{QueueName, Session};

/// Why a message is in the dead-letter queue, and what a redrive would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Reason {
    /// A word for programs.
    pub(crate) code: &'static str,
    pub(crate) why: String,
    /// What a redrive would do.
    pub(crate) redrive: String,
    /// The check it is about, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) check: Option<String>,
}

/// Derives the reason from the message, the customer's records and the check's last entry.
pub(crate) async fn reason(
    session: &Session,
    services: &Services,
    queue: QueueName,
    dead_letter: &DeadLetter,
) -> Result<Reason, CliError> {
    let (customer, subject) = match &dead_letter.content {
        Content::Parsed { customer, subject, .. } => (customer, subject),
        Content::Unreadable { why, .. } => {
            return Ok(Reason {
                code: "unreadable",
                why: format!("it cannot be read: {why}"),
                redrive: "useless until a release runs that can read it".to_owned(),
                check: None,
            });
        }
    };
    match customers::load(session, customer).await.and_then(|record| record.settings().map(drop)) {
        Ok(()) => {}
        Err(error) if matches!(error.kind, Kind::NotFound | Kind::Input) => {
            return Ok(Reason {
                code: "customer",
                why: error.message,
                redrive: "useful once the customer's settings can be read".to_owned(),
                check: None,
            });
        }
        Err(error) => return Err(error),
    }
    let check = match subject {
        Subject::Workflow { workflow, attempt: Some(attempt), .. } => {
            let key = CheckKey { customer: customer.clone(), workflow: workflow.clone(), attempt: *attempt };
            services.checks.load(&key).await
        }
        Subject::Workflow { workflow, attempt: None, .. } => services.checks.latest(customer, workflow).await,
        Subject::Request(request) => match services.checks.by_request(customer, request).await? {
            Some(key) => services.checks.load(&key).await,
            None => Ok(None),
        },
    };
    match check {
        Ok(Some(check)) => Ok(of_check(queue, &check)),
        Ok(None) => Ok(without_check(queue, subject)),
        Err(Failure::Internal { cause: Cause::Record, why }) => Ok(Reason {
            code: "check_unreadable",
            why: format!("its check cannot be read: {why}"),
            redrive: "useless until the item is corrected, or a release runs that can read it".to_owned(),
            check: None,
        }),
        Err(failure) => Err(failure.into()),
    }
}

fn of_check(queue: QueueName, check: &Check) -> Reason {
    let last = check.history().last().map_or_else(String::new, |last| {
        format!(
            "; the last entry of its history: the {} {} ({})",
            text::actor(last.actor),
            text::sentence(&last.event),
            text::moment(last.at)
        )
    });
    let standing = format!("its check is {}{last}", text::state(check.state()));
    let settled = match queue {
        QueueName::ReferenceRequests => check.request().is_some() || check.is_over(),
        QueueName::IcimsUpdates => !check.needs_sync() && check.timing.due_at.is_none(),
        QueueName::Cancellations => check.is_over(),
    };
    let (code, why, redrive) = if settled {
        ("settled", format!("what it asked for has been done since: {standing}"), "harmless, and needless")
    } else if check.state() == State::OutcomeUnknown {
        (
            "outcome_unknown",
            format!("Crosschq's answer to the create never came: {standing}"),
            "goes on waiting or looks it up",
        )
    } else {
        let done = match queue {
            QueueName::ReferenceRequests => "has the order carried out, once",
            QueueName::IcimsUpdates => "has iCIMS show it",
            QueueName::Cancellations => "has the rejection followed, if iCIMS confirms it",
        };
        ("given_up", format!("it was tried in vain until its receives were spent: {standing}"), done)
    };
    Reason { code, why, redrive: redrive.to_owned(), check: Some(label(&check.key)) }
}

fn without_check(queue: QueueName, subject: &Subject) -> Reason {
    let (code, why, redrive) = match (queue, subject) {
        (QueueName::ReferenceRequests, _) => (
            "never_begun",
            "no check was begun for it: every try failed before anything was written (settings, secret or the checks table)",
            "has the order carried out, once",
        ),
        (_, Subject::Request(_)) => (
            "unknown_request",
            "it tells of a reference request that no check holds",
            "harmless: it is looked for once more and let go",
        ),
        _ => ("no_check", "its check is gone: forgotten after its retention, or erased", "harmless, and needless"),
    };
    Reason { code, why: why.to_owned(), redrive: redrive.to_owned(), check: None }
}

/// The query for CloudWatch Logs Insights that finds every line of the event behind a message, in all six functions' log
/// groups.
pub(crate) fn insights_query(dead_letter: &DeadLetter) -> Option<String> {
    let id = dead_letter.content.correlation_id()?;
    Some(format!(
        "fields @timestamp, @log, level, message, outcome, why | filter `correlation.id` = \"{id}\" | sort @timestamp asc"
    ))
}
