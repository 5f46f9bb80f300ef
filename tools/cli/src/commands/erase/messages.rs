//! Messages that name the person, or what leads to them: in the queues and among the dead letters.
//!
//! A look at a live queue costs each message one of its receives, so that only queues with something in them are looked at.

use connector_core::domain::{CustomerId, PersonId};
use serde::Serialize;

use super::Traces;
use crate::failure::CliError;
use crate::letters::{self, Letter, Subject};
use crate::queues::depth;
use crate::session::{QueueName, Session};

/// The most messages of a queue that are looked at in one run.
const LOOKED_AT: usize = 10_000;

/// Messages of one queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Count {
    pub(super) queue: String,
    pub(super) messages: u64,
}

/// What was found, or removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Messages {
    pub(super) counts: Vec<Count>,
    /// Messages of this customer that cannot be read: they may name anybody.
    pub(super) unreadable: u64,
    /// Orders that could not be looked at: one of them could begin a check anew. Other messages cannot.
    pub(super) orders_out_of_sight: u64,
}

impl Messages {
    pub(super) fn total(&self) -> u64 {
        self.counts.iter().map(|count| count.messages).sum()
    }

    /// Adds what a later pass removed; of what is left, the later pass knows better.
    pub(super) fn add(&mut self, later: Self) {
        for count in later.counts {
            match self.counts.iter_mut().find(|known| known.queue == count.queue) {
                Some(known) => known.messages += count.messages,
                None => self.counts.push(count),
            }
        }
        self.unreadable = later.unreadable;
        self.orders_out_of_sight = later.orders_out_of_sight;
    }
}

/// Adds the workflows of orders that name the person.
pub(super) async fn workflows_of(
    session: &Session,
    customer: &CustomerId,
    person: &PersonId,
    traces: &mut Traces,
) -> Result<(), CliError> {
    let stack = session.stack().await?;
    let queue = QueueName::ReferenceRequests;
    for url in [stack.queue_url(queue), stack.dlq_url(queue)] {
        if depth(session, url).await?.visible == 0 {
            continue;
        }
        let held = letters::hold(session, queue, url, LOOKED_AT, |_| false).await?;
        letters::give_back(session, url, &held.letters).await?;
        for letter in held.letters.iter().filter(|letter| letter.reading.customer() == Some(customer)) {
            if let Some(Subject::Workflow { workflow, person: Some(told), .. }) = letter.reading.subject()
                && told == person
            {
                traces.workflows.insert(workflow.clone());
            }
        }
    }
    Ok(())
}

/// Counts the messages that name any of the traces; with `remove`, removes them. All others are given back.
pub(super) async fn of_traces(
    session: &Session,
    customer: &CustomerId,
    person: &PersonId,
    traces: &Traces,
    remove: bool,
) -> Result<Messages, CliError> {
    let stack = session.stack().await?;
    let mut found = Messages::default();
    for queue in QueueName::ALL {
        for (url, name) in [
            (stack.queue_url(queue), queue.word().to_owned()),
            (stack.dlq_url(queue), format!("{} (dead)", queue.word())),
        ] {
            let before = depth(session, url).await?;
            if queue == QueueName::ReferenceRequests {
                found.orders_out_of_sight += before.in_flight + before.delayed;
            }
            if before.visible == 0 {
                continue;
            }
            let held = letters::hold(session, queue, url, LOOKED_AT, |_| false).await?;
            let (ours, others): (Vec<Letter>, Vec<Letter>) =
                held.letters.into_iter().partition(|letter| is_about(letter, customer, person, traces));
            let unreadable = |letter: &&Letter| {
                letter.reading.subject().is_none() && letter.reading.customer().is_none_or(|told| told == customer)
            };
            found.unreadable += others.iter().filter(unreadable).count() as u64;
            letters::give_back(session, url, &others).await?;
            if remove {
                for letter in &ours {
                    letters::delete(session, url, letter).await?;
                }
            } else {
                letters::give_back(session, url, &ours).await?;
            }
            if !ours.is_empty() {
                found.counts.push(Count { queue: name, messages: ours.len() as u64 });
            }
        }
    }
    Ok(found)
}

fn is_about(letter: &Letter, customer: &CustomerId, person: &PersonId, traces: &Traces) -> bool {
    letter.reading.customer() == Some(customer)
        && match letter.reading.subject() {
            Some(Subject::Workflow { workflow, person: told, .. }) => {
                told.as_ref() == Some(person) || traces.workflows.contains(workflow)
            }
            Some(Subject::Request(request)) => traces.requests.contains(request),
            None => false,
        }
}
