//! `connector queue redrive`

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_sqs::operation::start_message_move_task::StartMessageMoveTaskError;
use connector_core::domain::CustomerId;
use serde::Serialize;
use tokio::time::sleep;

use crate::arguments::queue::Redrive;
use crate::dead_letters::{self, DeadLetter};
use crate::failure::{CliError, explain};
use crate::queues::{Depth, depth};
use crate::records::audit::{self, Entry};
use crate::records::diff::Difference;
use crate::session::{QueueName, Session};
use crate::terminal::{Report, Table, Terminal};

/// Dead letters of a queue that are received to count them by customer.
const MAX_RECEIVED: usize = 1_000;
const POLL_EVERY: Duration = Duration::from_millis(500);

/// What was, or would be, redriven.
#[derive(Debug, Serialize)]
struct Given {
    queue: &'static str,
    messages: u64,
    /// By customer, as far as the messages tell.
    customers: BTreeMap<String, u64>,
}

#[derive(Debug, Serialize)]
struct Outcome {
    dry_run: bool,
    queues: Vec<Given>,
}

impl Report for Outcome {
    fn tables(&self) -> Vec<Table> {
        let title = if self.dry_run { "WOULD GIVE BACK" } else { "GIVEN BACK" };
        let mut table = Table::new(["QUEUE", title, "CUSTOMERS"]);
        for given in &self.queues {
            let customers: Vec<String> =
                given.customers.iter().map(|(customer, count)| format!("{customer} ({count})")).collect();
            table.row([&given.queue, &given.messages, &customers.join(", ")]);
        }
        vec![table.empty("no dead letters")]
    }
}

/// Gives dead letters back to their queue.
///
/// # Errors
/// [`Kind::NotFound`] if there is no such message, [`Kind::Conflict`] if a redrive is under way.
pub(super) async fn redrive(session: &Session, which: &Redrive, terminal: &Terminal) -> Result<(), CliError> {
    match &which.message_id {
        Some(id) => one(session, which, id, terminal).await,
        None => all(session, which, terminal).await,
    }
}

async fn all(session: &Session, which: &Redrive, terminal: &Terminal) -> Result<(), CliError> {
    let stack = session.stack().await?;
    let mut found: Vec<(QueueName, Depth, Given)> = Vec::new();
    for queue in which.which.queues() {
        let url = stack.dlq_url(queue);
        let in_flight = dead_letters::receive(session, queue, url, MAX_RECEIVED, |_| false).await?;
        dead_letters::release(session, url, &in_flight.messages).await?;
        let dead = depth(session, url).await?;
        if in_flight.messages.is_empty() && dead.total() == 0 {
            continue;
        }
        if in_flight.cut {
            terminal.warn(format!(
                "{}: more than {MAX_RECEIVED} dead letters; the customers of the rest are unknown",
                queue.word()
            ));
        }
        let messages = dead.visible.max(in_flight.messages.len() as u64);
        found.push((
            queue,
            dead,
            Given { queue: queue.word(), messages, customers: customers_of(&in_flight.messages) },
        ));
    }
    let total: u64 = found.iter().map(|(_, _, given)| given.messages).sum();
    if which.dry_run || found.is_empty() {
        let queues = found.into_iter().map(|(_, _, given)| given).collect();
        return terminal.report(&Outcome { dry_run: which.dry_run, queues });
    }
    // Whoever AWS does not know gives nothing back.
    let entry = Entry::new(session, "queue redrive", Vec::new()).await?;
    terminal.confirm(&format!("Give {total} dead letters back to their queues?")).await?;
    let mut queues = Vec::new();
    for (queue, dead, mut given) in found {
        let home = depth(session, stack.queue_url(queue)).await?;
        given.messages = move_all(session, &dead, &home, which.rate, given.messages, terminal).await?;
        record(session, &entry, queue, &given.customers).await?;
        queues.push(given);
    }
    terminal.report(&Outcome { dry_run: false, queues })?;
    terminal.done("moved back to their queue; `connector queue status` to follow progress");
    Ok(())
}

/// Has SQS move what is dead home, and waits until it is done; tells how many.
async fn move_all(
    session: &Session,
    dead: &Depth,
    home: &Depth,
    rate: Option<i32>,
    expected: u64,
    terminal: &Terminal,
) -> Result<u64, CliError> {
    let sqs = session.sqs();
    let started = sqs
        .start_message_move_task()
        .source_arn(&dead.arn)
        // Named, so that a message also goes home that somebody sent here by hand.
        .destination_arn(&home.arn)
        .set_max_number_of_messages_per_second(rate)
        .send()
        .await;
    if let Err(error) = started {
        // A queue has at most one such task at a time.
        if error.as_service_error().is_some_and(StartMessageMoveTaskError::is_unsupported_operation) {
            return Err(CliError::conflict(format!("a redrive of {} is under way already", dead.name))
                .fix("wait until it has ended: `connector queue status` shows the dead letters become fewer"));
        }
        return Err(explain("SQS StartMessageMoveTask", &error));
    }
    let progress = terminal.progress(usize::try_from(expected).unwrap_or(usize::MAX), "giving back");
    let mut shown = 0;
    loop {
        let listed = sqs.list_message_move_tasks().source_arn(&dead.arn).max_results(1).send().await;
        let listed = listed.map_err(|error| {
            explain("SQS ListMessageMoveTasks", &error)
                .context(|why| format!("{why}; the redrive goes on all the same"))
        })?;
        let Some(task) = listed.results.unwrap_or_default().into_iter().next() else { return Ok(shown) };
        let moved = u64::try_from(task.approximate_number_of_messages_moved).unwrap_or(0);
        for _ in shown..moved {
            progress.step();
        }
        shown = shown.max(moved);
        match task.status.as_deref() {
            Some("RUNNING" | "CANCELLING") => sleep(POLL_EVERY).await,
            Some("COMPLETED") => return Ok(shown),
            other => {
                let why = task.failure_reason.unwrap_or_else(|| other.unwrap_or("no status").to_lowercase());
                return Err(CliError::findings(format!("the redrive of {} ended after {shown}: {why}", dead.name))
                    .fix("the rest is still dead: run it again"));
            }
        }
    }
}

async fn one(session: &Session, which: &Redrive, id: &str, terminal: &Terminal) -> Result<(), CliError> {
    let entry = Entry::new(session, "queue redrive", Vec::new()).await?;
    if !which.dry_run {
        terminal.confirm(&format!("Give dead letter {id} back to its queue?")).await?;
    }
    let stack = session.stack().await?;
    for queue in which.which.queues() {
        let dlq = stack.dlq_url(queue);
        let mut in_flight =
            dead_letters::receive(session, queue, dlq, MAX_RECEIVED, |dead_letter| dead_letter.id == id).await?;
        let place = in_flight.messages.iter().position(|dead_letter| dead_letter.id == id);
        let dead_letter = place.filter(|_| !which.dry_run).map(|place| in_flight.messages.swap_remove(place));
        dead_letters::release(session, dlq, &in_flight.messages).await?;
        let customers = match (&dead_letter, place) {
            (_, None) => continue,
            (None, Some(place)) => customers_of(in_flight.messages.get(place..=place).unwrap_or_default()),
            (Some(dead_letter), Some(_)) => {
                // First there, then away from here: whatever breaks in between, it is in one of the two. Twice is harmless.
                if let Err(error) = dead_letters::send_again(session, stack.queue_url(queue), dead_letter).await {
                    dead_letters::release(session, dlq, std::slice::from_ref(dead_letter)).await?;
                    return Err(error);
                }
                let deleted = dead_letters::delete(session, dlq, dead_letter).await;
                deleted.map_err(|error| {
                    error.context(|why| {
                        format!("{why}; it was redriven, and is still in the dead-letter queue: twice is harmless")
                    })
                })?;
                let customers = customers_of(std::slice::from_ref(dead_letter));
                record(session, &entry, queue, &customers).await?;
                customers
            }
        };
        let given = Given { queue: queue.word(), messages: 1, customers };
        terminal.report(&Outcome { dry_run: which.dry_run, queues: vec![given] })?;
        return Ok(());
    }
    Err(CliError::not_found(format!("there is no dead letter {id}")).fix(
        "`connector queue peek` shows the dead letters; one that somebody else is looking at comes back in two minutes",
    ))
}

fn customers_of(dead_letters: &[DeadLetter]) -> BTreeMap<String, u64> {
    let mut customers = BTreeMap::new();
    for customer in dead_letters.iter().filter_map(|dead_letter| dead_letter.content.customer()) {
        *customers.entry(customer.to_string()).or_default() += 1;
    }
    customers
}

/// One line in the log of each customer concerned. A message that names none is in nobody's.
async fn record(
    session: &Session,
    entry: &Entry,
    queue: QueueName,
    customers: &BTreeMap<String, u64>,
) -> Result<(), CliError> {
    for (customer, count) in customers {
        let Ok(customer) = CustomerId::parse(customer) else { continue };
        let changes = vec![Difference::set("queue", queue.word()), Difference::set("messages", count.to_string())];
        let recorded = audit::record(session, &customer, &Entry { changes, ..entry.clone() }).await;
        recorded.map_err(|error| error.context(|why| format!("redriven, but not recorded in the audit log: {why}")))?;
    }
    Ok(())
}
