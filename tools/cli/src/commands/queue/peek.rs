//! `connector queue peek`

use connector_core::aws::SystemClock;
use connector_core::domain::Timestamp;
use connector_core::ports::Clock as _;
use serde::Serialize;

use crate::arguments::queue::Peek;
use crate::checks::{Desk, told};
use crate::failure::CliError;
use crate::letters::{self, Letter, Reason, Subject, insights_query};
use crate::session::{QueueName, Session};
use crate::terminal::{Report, Table, Terminal};

/// One dead letter.
#[derive(Debug, Serialize)]
pub(super) struct Dead {
    queue: &'static str,
    message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    /// What it is about, where its check is not there to name.
    about: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
    receives: u32,
    reason: Reason,
    /// For CloudWatch Logs Insights.
    #[serde(skip_serializing_if = "Option::is_none")]
    log_query: Option<String>,
    #[serde(skip)]
    sent: Option<Timestamp>,
}

impl Dead {
    fn of(queue: QueueName, letter: &Letter, reason: Reason) -> Self {
        let about = match (letter.reading.subject(), &reason.check) {
            (_, Some(check)) => check.clone(),
            (Some(Subject::Workflow { workflow, attempt: Some(attempt), .. }), None) => {
                format!("workflow {workflow}, attempt {attempt}")
            }
            (Some(Subject::Workflow { workflow, .. }), None) => format!("workflow {workflow}"),
            (Some(Subject::Request(request)), None) => format!("reference request {request}"),
            (None, None) => "not known".to_owned(),
        };
        Self {
            queue: queue.word(),
            message_id: letter.id.clone(),
            customer: letter.reading.customer().map(ToString::to_string),
            about,
            correlation_id: letter.reading.correlation_id().map(ToString::to_string),
            sent_at: letter.sent_at.map(|at| at.to_string()),
            receives: letter.receives,
            reason,
            log_query: insights_query(letter),
            sent: letter.sent_at,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct AllDead {
    letters: Vec<Dead>,
    #[serde(skip)]
    now: Timestamp,
}

impl Report for AllDead {
    fn tables(&self) -> Vec<Table> {
        let mut tables = Vec::new();
        for dead in &self.letters {
            let mut table = Table::pairs().title(format!("{}  {}", dead.queue, dead.message_id));
            let mut row = |name: &str, value: Option<String>| {
                if let Some(value) = value {
                    table.row([name.to_owned(), value]);
                }
            };
            row("about", Some(dead.about.clone()));
            row("customer", dead.customer.clone());
            let sent = |at: Timestamp| format!("{} ({} ago)", told::moment(at), told::span(self.now.since(at)));
            row("first sent", dead.sent.map(sent));
            row("received here", Some(format!("{} times, this look included", dead.receives)));
            row("correlation", dead.correlation_id.clone());
            row("why", Some(dead.reason.why.clone()));
            row("redrive", Some(dead.reason.redrive.clone()));
            row("for the log", dead.log_query.clone());
            tables.push(table);
        }
        if tables.is_empty() {
            tables.push(Table::pairs().empty("no dead letters"));
        }
        tables
    }
}

/// Looks at dead letters. Each is invisible for the moment of the look.
///
/// # Errors
/// What AWS says.
pub(super) async fn peek(session: &Session, which: &Peek, terminal: &Terminal) -> Result<(), CliError> {
    let desk = Desk::open(session).await?;
    let stack = session.stack().await?;
    let (mut letters, mut cut) = (Vec::new(), false);
    for queue in which.which.queues() {
        let url = stack.dlq_url(queue);
        let held = letters::hold(session, queue, url, usize::from(which.limit), |_| false).await?;
        // Whatever comes of the reasons, the letters go back first.
        letters::give_back(session, url, &held.letters).await?;
        cut |= held.cut;
        for letter in &held.letters {
            let reason = letters::reason(session, &desk, queue, letter).await?;
            letters.push(Dead::of(queue, letter, reason));
        }
    }
    letters.sort_by_key(|dead| dead.sent);
    let logs = letters.iter().any(|dead| dead.log_query.is_some());
    terminal.report(&AllDead { letters, now: SystemClock.now() })?;
    if cut {
        terminal.say(format!("only {} of a queue were looked at: --limit shows more", which.limit));
    }
    if logs {
        terminal.say(
            "The reason for certain is in the log: run the query in CloudWatch Logs Insights over the functions' log groups.",
        );
    }
    Ok(())
}
