//! What the world does when a flow's call reaches it.

use std::time::Duration;

use connector_core::domain::{Check, Stage};

use crate::call::{Answer, Call, request_id};
use crate::config::{Config, Sabotage};
use crate::snap::Snap;
use crate::state::{QueuedMessage, Request, ScreenRow, World};

impl World {
    /// Carries a call out. `Answer::Unknown` and the like are laid over the answer by the caller.
    pub(crate) fn perform(&mut self, config: &Config, call: &Call) -> Answer {
        match call {
            Call::Latest => Answer::Check(self.checks.last().cloned()),
            Call::Load { attempt } => {
                Answer::Check(self.checks.iter().find(|snap| snap.attempt() == *attempt).cloned())
            }
            Call::ByRequest { request } => {
                let id = request_id(*request);
                let holders = self.checks.iter().filter(|snap| snap.check.request() == Some(&id));
                Answer::Attempts(holders.map(Snap::attempt).collect())
            }
            Call::OutcomeUnknown => {
                let unknown = |check: &Check| check.state() == connector_core::domain::State::OutcomeUnknown;
                Answer::Attempts(self.checks.iter().filter(|snap| unknown(&snap.check)).map(Snap::attempt).collect())
            }
            Call::Insert(snap) => match self.checks.iter().find(|known| known.attempt() == snap.attempt()) {
                Some(theirs) => Answer::Conflict(theirs.clone()),
                None => {
                    self.checks.push(snap.clone());
                    Answer::Stored
                }
            },
            Call::Save(snap) => self.save(config, snap),
            Call::Due => {
                let due = self.checks.iter().filter_map(|snap| {
                    let due = snap.check.timing.due_at.filter(|due| *due <= self.now)?;
                    Some((snap.attempt(), due))
                });
                Answer::Due(due.collect())
            }
            Call::Postpone { attempt, due_at, until } => {
                let stored = self.checks.iter_mut().find(|snap| snap.attempt() == *attempt);
                let Some(stored) = stored.filter(|snap| snap.check.timing.due_at == Some(*due_at)) else {
                    return Answer::Postponed(false);
                };
                let mut check = (*stored.check).clone();
                check.timing.due_at = Some(*until);
                *stored = Snap::of(&check);
                Answer::Postponed(true)
            }
            Call::Workflow => Answer::Status(self.status),
            Call::AddRow { attempt, digest } => {
                self.rows.push(ScreenRow { attempt: *attempt, digest: digest.clone() });
                Answer::Entry(Some((self.rows.len() - 1) as u8))
            }
            Call::FindRow { attempt } => {
                let mut rows = self.rows.iter().zip(0..u8::MAX).rev();
                Answer::Entry(rows.find(|(row, _)| row.attempt == *attempt).map(|(_, entry)| entry))
            }
            Call::ChangeRow { entry, digest } => {
                self.rows[usize::from(*entry)].digest.clone_from(digest);
                Answer::Ok
            }
            Call::Create { attempt } => self.create(config, *attempt),
            Call::Read { request } => Answer::Live(self.live(*request)),
            Call::Find { attempt } => {
                let found = self.requests.iter().position(|request| request.attempt == *attempt);
                Answer::Live(found.and_then(|index| self.live(index as u8)))
            }
            Call::Cancel { request } => {
                let stage = self.requests[usize::from(*request)].stage;
                match stage {
                    Stage::Completed => Answer::Cancelled { completed: true },
                    Stage::Cancelled => Answer::Cancelled { completed: false },
                    _ => {
                        self.change(*request, Stage::Cancelled);
                        Answer::Cancelled { completed: false }
                    }
                }
            }
            Call::Surveys => Answer::Ok,
            Call::Send(mail) => {
                if let crate::call::Mail::Order { attempt, .. } = mail {
                    self.accepted |= 1 << attempt;
                }
                self.queued.push(QueuedMessage { visible_at: self.now, mail: mail.clone() });
                Answer::Ok
            }
        }
    }

    fn save(&mut self, config: &Config, snap: &Snap) -> Answer {
        let stored = self.checks.iter_mut().find(|known| known.attempt() == snap.attempt());
        let Some(stored) = stored else { unreachable!("a check is saved that was never inserted") };
        if stored.check.version != snap.check.version && config.sabotage != Sabotage::UnconditionalWrites {
            return Answer::Conflict(stored.clone());
        }
        let mut check = (*snap.check).clone();
        check.version += 1;
        *stored = Snap::of(&check);
        Answer::Stored
    }

    fn create(&mut self, config: &Config, attempt: u32) -> Answer {
        self.posts[attempt as usize] += 1;
        let of_this_order = self.requests.iter().position(|request| request.attempt == attempt);
        if let (true, Some(index)) = (config.honors_key, of_this_order) {
            return Answer::Request(Some(index as u8));
        }
        if config.refuses_second && self.requests.iter().any(|request| request.stage.is_open()) {
            return Answer::AlreadyExists;
        }
        let number = self.requests.len() as u8;
        self.requests.push(Request {
            attempt,
            stage: Stage::Requested,
            created_at: self.now,
            updated_at: self.now,
            heard: false,
        });
        self.callbacks.push(number);
        Answer::Request(Some(number))
    }

    /// Moves a request on; Crosschq will call back about it.
    pub(crate) fn change(&mut self, number: u8, stage: Stage) {
        let now = self.now;
        let request = &mut self.requests[usize::from(number)];
        request.stage = stage;
        request.updated_at = now;
        if !self.callbacks.contains(&number) {
            self.callbacks.push(number);
        }
    }

    /// Whether a look-up may still miss what Crosschq holds of an order.
    pub(crate) fn may_be_invisible(&self, within: Duration, attempt: u32) -> bool {
        self.requests_of(attempt).any(|request| self.now < request.created_at.after(within))
    }

    /// Whether a request is so new that Crosschq may not show it yet.
    pub(crate) fn is_fresh(&self, request: u8) -> bool {
        let request = &self.requests[usize::from(request)];
        self.now < request.created_at.after(Check::SETTLE)
    }
}
