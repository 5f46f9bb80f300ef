//! The ports, played from a log: calls that were answered are answered the same again, the first one that was not is
//! noted, and the flow waits there.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use connector_core::domain::{CheckKey, Envelope, Message, Timestamp};
use connector_core::failure::Failure;
use connector_core::ports::{Clock, Queue};

use crate::call::{Answer, Call, Mail, customer_id};
use crate::config::{Config, Sabotage};
use crate::settings::workflow_id;

/// What was answered so far, each with the moment from which the flow goes on.
pub(crate) type Log = Vec<(Answer, Timestamp)>;

/// The world as one running function knows it.
pub(crate) struct Replay {
    log: Arc<Log>,
    echoes: bool,
    sabotage: Sabotage,
    seat: Mutex<Seat>,
}

struct Seat {
    next: usize,
    now: Timestamp,
    pending: Option<Call>,
}

impl Replay {
    pub(crate) fn new(log: Arc<Log>, started: Timestamp, config: &Config) -> Self {
        let seat = Mutex::new(Seat { next: 0, now: started, pending: None });
        Self { log, echoes: config.echoes, sabotage: config.sabotage, seat }
    }

    /// The call that the flow waits for.
    pub(crate) fn take_pending(&self) -> Option<Call> {
        self.seat.lock().unwrap().pending.take()
    }

    /// Of calls made at once only the first is noted: the others are made again when it has its answer.
    fn answered(&self, call: impl FnOnce() -> Call) -> Option<Answer> {
        let mut seat = self.seat.lock().unwrap();
        let answer = self.log.get(seat.next);
        seat.next += 1;
        if let Some((answer, at)) = answer {
            seat.now = *at;
            return Some(answer.clone());
        }
        if seat.pending.is_none() {
            seat.pending = Some(call());
        }
        None
    }
}

/// How a port's call fails.
trait Failed {
    fn failed() -> Self;
}

impl Failed for Failure {
    fn failed() -> Self {
        Self::retry("model")
    }
}

/// What a port returns for the logged answer to a call; it waits for ever where there is none.
macro_rules! replay {
    ($self:ident, $call:expr, $($answer:pat => $value:expr),+) => {
        match $self.answered(|| $call) {
            $(Some($answer) => $value,)+
            Some(Answer::Failed) => Err(Failed::failed()),
            Some(other) => unreachable!("not an answer to this call: {other:?}"),
            None => std::future::pending().await,
        }
    };
}

mod store;
mod vendors;

fn key(attempt: u32) -> CheckKey {
    CheckKey { customer: customer_id(), workflow: workflow_id(), attempt }
}

impl Clock for Replay {
    fn now(&self) -> Timestamp {
        self.seat.lock().unwrap().now
    }
}

#[async_trait]
impl Queue for Replay {
    async fn send(&self, message: Envelope<Message>) -> Result<(), Failure> {
        replay!(self, Call::Send(Mail::of(&message)), Answer::Ok => Ok(()))
    }
}
