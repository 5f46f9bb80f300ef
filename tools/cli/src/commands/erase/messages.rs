//! Messages that name the person, or what leads to them: in the queues and among the dead letters.
//!
//! A look at a live queue costs each message one of its receives, so that only queues with something in them are looked at.

use connector_core::domain::{CustomerId, PersonId};
use serde::Serialize;

use super::traces::Traces;
use crate::dead_letters::{self, DeadLetter, Subject};
use crate::failure::CliError;
use crate::queues::depth;
use crate::session::{QueueName, Session};

/// The most messages of a queue that are looked at in one run.
const MAX_RECEIVED: usize = 10_000;

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
    /// Orders that could not be looked at: one of them could begin a check again. Other messages cannot.
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
        let in_flight = dead_letters::receive(session, queue, url, MAX_RECEIVED, |_| false).await?;
        dead_letters::release(session, url, &in_flight.messages).await?;
        for dead_letter in
            in_flight.messages.iter().filter(|dead_letter| dead_letter.content.customer() == Some(customer))
        {
            if let Some(Subject::Workflow { workflow, person: Some(message), .. }) = dead_letter.content.subject()
                && message == person
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
            let in_flight = dead_letters::receive(session, queue, url, MAX_RECEIVED, |_| false).await?;
            let (ours, others): (Vec<DeadLetter>, Vec<DeadLetter>) =
                in_flight.messages.into_iter().partition(|dead_letter| is_about(dead_letter, customer, person, traces));
            let unreadable = |dead_letter: &&DeadLetter| {
                dead_letter.content.subject().is_none()
                    && dead_letter.content.customer().is_none_or(|message| message == customer)
            };
            found.unreadable += others.iter().filter(unreadable).count() as u64;
            dead_letters::release(session, url, &others).await?;
            if remove {
                for dead_letter in &ours {
                    dead_letters::delete(session, url, dead_letter).await?;
                }
            } else {
                dead_letters::release(session, url, &ours).await?;
            }
            if !ours.is_empty() {
                found.counts.push(Count { queue: name, messages: ours.len() as u64 });
            }
        }
    }
    Ok(found)
}

fn is_about(dead_letter: &DeadLetter, customer: &CustomerId, person: &PersonId, traces: &Traces) -> bool {
    dead_letter.content.customer() == Some(customer)
        && match dead_letter.content.subject() {
            Some(Subject::Workflow { workflow, person: message, .. }) => {
                message.as_ref() == Some(person) || traces.workflows.contains(workflow)
            }
            Some(Subject::Request(request)) => traces.requests.contains(request),
            None => false,
        }
}
