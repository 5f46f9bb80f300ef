//! `connector queue peek`

use connector_core::aws::SystemClock;
use connector_core::domain::Timestamp;
use connector_core::ports::Clock as _;
use serde::Serialize;

use crate::arguments::queue::Peek;
use crate::checks::{Services, text};
use crate::dead_letters::{self, DeadLetter, Reason, Subject, insights_query};
use crate::failure::CliError;
use crate::session::{QueueName, Session};
use crate::terminal::{Report, Table, Terminal};

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
    fn of(queue: QueueName, dead_letter: &DeadLetter, reason: Reason) -> Self {
        let about = match (dead_letter.content.subject(), &reason.check) {
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
            message_id: dead_letter.id.clone(),
            customer: dead_letter.content.customer().map(ToString::to_string),
            about,
            correlation_id: dead_letter.content.correlation_id().map(ToString::to_string),
            sent_at: dead_letter.sent_at.map(|at| at.to_string()),
            receives: dead_letter.receives,
            reason,
            log_query: insights_query(dead_letter),
            sent: dead_letter.sent_at,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct AllDead {
    dead_letters: Vec<Dead>,
    #[serde(skip)]
    now: Timestamp,
}

impl Report for AllDead {
    fn tables(&self) -> Vec<Table> {
        let mut tables = Vec::new();
        for dead in &self.dead_letters {
            let mut table = Table::pairs().title(format!("{}  {}", dead.queue, dead.message_id));
            table.pair("about", Some(&dead.about));
            table.pair("customer", dead.customer.clone());
            let sent = |at: Timestamp| format!("{} ({} ago)", text::moment(at), text::span(self.now.since(at)));
            table.pair("first sent", dead.sent.map(sent));
            table.pair("received here", Some(format!("{} times, this look included", dead.receives)));
            table.pair("correlation", dead.correlation_id.clone());
            table.pair("why", Some(&dead.reason.why));
            table.pair("redrive", Some(&dead.reason.redrive));
            table.pair("for the log", dead.log_query.clone());
            tables.push(table);
        }
        if tables.is_empty() {
            tables.push(Table::pairs().empty("no dead letters"));
        }
        tables
    }
}

/// Looks at dead letters. Each is invisible for the moment of the look.
pub(super) async fn peek(session: &Session, which: &Peek, terminal: &Terminal) -> Result<(), CliError> {
    let services = Services::open(session).await?;
    let stack = session.stack().await?;
    let (mut dead_letters, mut cut) = (Vec::new(), false);
    for queue in which.which.queues() {
        let url = stack.dlq_url(queue);
        let in_flight = dead_letters::receive(session, queue, url, usize::from(which.limit), |_| false).await?;
        // Whatever comes of the reasons, the letters go back first.
        dead_letters::release(session, url, &in_flight.messages).await?;
        cut |= in_flight.cut;
        for dead_letter in &in_flight.messages {
            let reason = dead_letters::reason(session, &services, queue, dead_letter).await?;
            dead_letters.push(Dead::of(queue, dead_letter, reason));
        }
    }
    dead_letters.sort_by_key(|dead| dead.sent);
    let logs = dead_letters.iter().any(|dead| dead.log_query.is_some());
    terminal.report(&AllDead { dead_letters, now: SystemClock.now() })?;
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
