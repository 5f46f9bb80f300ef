//! The model that the checker explores: which steps there are, and what must always hold.

use std::time::Duration;

use connector::domain::{Customer, Stage, State, Timestamp};
use connector::failure::{Failure, Outcome};
use stateright::{Model, Property};

use crate::call::{Answer, Call, Mail, Status};
use crate::crosschq::is_open;
use crate::moments::{HORIZON, OUTAGE, START, VISIBILITY, next, on_grid};
use crate::settings;
use crate::state::{Letter, World};
use crate::worker::{Job, Ran, Worker};

/// When a request that Crosschq created can be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Within the settle delay: the assumption under which nothing is ever created twice.
    WithinSettle,
    /// Perhaps only after this span: the assumption is off.
    Within(Duration),
}

/// Which world, and how much may go wrong in it.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// For people.
    pub name: &'static str,
    /// Crosschq offers a look-up.
    pub search: bool,
    /// Crosschq honours the idempotency key: a repeated create gets the first one's reply.
    pub honours_key: bool,
    /// Crosschq refuses a second open request for the candidate with 409.
    pub refuses_second: bool,
    /// When a created request can be looked up.
    pub visibility: Visibility,
    /// Functions that run at once, at most.
    pub workers: usize,
    /// Things that go wrong, at most.
    pub mishaps: u8,
    /// Acts of the recruiter after the order: rejections and orders.
    pub recruiter: u8,
    /// Acts of candidate, referees and people at Crosschq.
    pub moves: u8,
    /// Attempts, at most.
    pub attempts: u32,
}

/// The connector in such a world.
pub struct Connector {
    /// Which world.
    pub config: Config,
    customer: Customer,
}

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It is carried out and answered.
    Well,
    /// It is not carried out, and answered so.
    Failed,
    /// It is carried out, and the reply is lost.
    ReplyLost,
    /// A create is not carried out, and nobody knows.
    RequestLost,
    /// A create is refused as invalid.
    Refused,
    /// A read answers with what was before.
    Stale,
}

/// A step of the world.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// iCIMS pushes a status change to the webhook; `again`: and will once more.
    Push { index: usize, again: bool },
    /// A queue hands a record to its function; `again`: and will once more.
    Deliver { index: usize, again: bool },
    /// The schedule starts the reconciler.
    Schedule,
    /// A running function's call ends.
    Call { worker: usize, how: How },
    /// A running function is killed while its call has not left, and so after its last call's reply came.
    Kill { worker: usize },
    /// Crosschq calls back so many times.
    CallBack { index: usize, times: u8 },
    /// The recruiter moves the candidate.
    Recruiter(bool),
    /// A request moves on at Crosschq.
    Move { request: u8, stage: MoveTo },
    /// Time passes.
    Tick,
    /// Nothing works for longer than any window.
    Outage,
}

/// Where people move a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveTo {
    /// A reference came in.
    InProgress,
    /// Done.
    Completed,
    /// Stopped by somebody in Crosschq.
    Cancelled,
}

impl MoveTo {
    fn stage(self) -> Stage {
        match self {
            Self::InProgress => Stage::InProgress,
            Self::Completed => Stage::Completed,
            Self::Cancelled => Stage::Cancelled,
        }
    }
}

impl Connector {
    /// The connector in such a world.
    pub fn new(config: Config) -> Self {
        Self { config, customer: settings::customer(config.search) }
    }

    fn settle(&self, world: &mut World, ran: Ran, deadline_of: Timestamp) {
        match ran {
            Ran::Waits(worker) => world.workers.push(worker),
            Ran::Ended(job, result) => self.ended(world, job, &result, deadline_of),
        }
    }

    /// What batch and HTTP edge make of a flow's result.
    fn ended(&self, world: &mut World, job: Job, result: &Result<Outcome, Failure>, started: Timestamp) {
        let put_off = match result {
            Ok(_) | Err(Failure::Permanent(_)) => return,
            Err(Failure::Retry { after: Some(after), .. } | Failure::Unconfirmed { after, .. }) => world.now.after(*after),
            Err(Failure::Retry { after: None, .. } | Failure::Internal { .. }) => world.now,
            Err(Failure::Poison { .. } | Failure::Unauthenticated { .. }) => started.after(VISIBILITY),
        };
        match job {
            Job::Push(status) => world.pushes.push(status),
            Job::Record(mail) => {
                world.letters.push(Letter { visible_at: on_grid(put_off).max(next(world.now)), mail });
            }
            Job::Schedule => {}
        }
    }

    /// A killed process leaves its record to the visibility timeout, its push to iCIMS.
    fn killed(&self, world: &mut World, worker: Worker) {
        match worker.job {
            Job::Push(status) => world.pushes.push(status),
            Job::Record(mail) => {
                let visible_at = on_grid(worker.started.after(VISIBILITY)).max(next(world.now));
                world.letters.push(Letter { visible_at, mail });
            }
            Job::Schedule => {}
        }
    }

    fn pass_to(&self, world: &mut World, until: Timestamp) {
        world.now = until;
        let (dead, alive) =
            std::mem::take(&mut world.workers).into_iter().partition(|worker| worker.deadline() <= until);
        world.workers = alive;
        let dead: Vec<Worker> = dead;
        for worker in dead {
            self.killed(world, worker);
        }
    }

    /// The next moment at which anything can be different.
    fn next_moment(&self, world: &World) -> Option<Timestamp> {
        let letters = world.letters.iter().map(|letter| letter.visible_at);
        let due = world.checks.iter().filter_map(|snap| snap.check.due_at);
        let workers = world.workers.iter().map(Worker::deadline);
        letters.chain(due).chain(workers).filter(|at| *at > world.now).map(on_grid).min()
    }

    fn start(&self, world: &mut World, job: Job) {
        let now = world.now;
        let ran = Worker::start(&self.customer, true, job, now);
        self.settle(world, ran, now);
    }

    fn call(&self, world: &mut World, index: usize, how: How) {
        let worker = world.workers.remove(index);
        let call = worker.pending.clone();
        let answer = match how {
            How::Well => world.perform(&self.config, &call),
            How::Failed => Answer::Failed,
            How::ReplyLost => {
                world.perform(&self.config, &call);
                if matches!(*call, Call::Create { .. }) { Answer::Unknown } else { Answer::Failed }
            }
            How::RequestLost => {
                if let Call::Create { attempt } = *call {
                    world.posts[attempt as usize] += 1;
                }
                Answer::Unknown
            }
            How::Refused => Answer::Refused,
            How::Stale => match *call {
                Call::Find { .. } => Answer::Request(None),
                _ => Answer::Attempts(Vec::new()),
            },
        };
        let ran = worker.answer(&self.customer, true, answer, world.now);
        self.settle(world, ran, worker.started);
    }

    fn ways(&self, world: &World, call: &Call, ways: &mut Vec<How>) {
        ways.push(How::Well);
        if let Call::Find { attempt } = call
            && world.may_be_invisible(&self.config, *attempt)
        {
            ways.push(How::Stale);
        }
        if world.mishaps == 0 {
            return;
        }
        ways.push(How::Failed);
        if !call.is_read() {
            ways.push(How::ReplyLost);
        }
        if matches!(call, Call::Create { .. }) {
            ways.extend([How::RequestLost, How::Refused]);
        }
        if matches!(call, Call::ByRequest { .. } | Call::OutcomeUnknown) {
            ways.push(How::Stale);
        }
    }
}

impl Model for Connector {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            now: START,
            checks: Vec::new(),
            letters: Vec::new(),
            workers: Vec::new(),
            status: Status::Trigger,
            rows: Vec::new(),
            requests: Vec::new(),
            pushes: vec![Status::Trigger],
            callbacks: Vec::new(),
            posts: [0; 4],
            accepted: 0,
            mishaps: self.config.mishaps,
            recruiter: self.config.recruiter,
            moves: self.config.moves,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        let mishap = world.mishaps > 0;
        for (worker, running) in world.workers.iter().enumerate() {
            let mut ways = Vec::new();
            self.ways(world, &running.pending, &mut ways);
            actions.extend(ways.into_iter().map(|how| Action::Call { worker, how }));
            if mishap {
                actions.push(Action::Kill { worker });
            }
        }
        if world.workers.len() < self.config.workers {
            for index in 0..world.pushes.len() {
                actions.push(Action::Push { index, again: false });
                if mishap {
                    actions.push(Action::Push { index, again: true });
                }
            }
            for (index, _) in world.letters.iter().enumerate().filter(|(_, letter)| letter.visible_at <= world.now) {
                actions.push(Action::Deliver { index, again: false });
                if mishap {
                    actions.push(Action::Deliver { index, again: true });
                }
            }
            if world.is_due() && world.workers.iter().all(|worker| worker.job != Job::Schedule) {
                actions.push(Action::Schedule);
            }
        }
        for index in 0..world.callbacks.len() {
            actions.push(Action::CallBack { index, times: 1 });
            if mishap {
                actions.push(Action::CallBack { index, times: 0 });
                actions.push(Action::CallBack { index, times: 2 });
            }
        }
        if world.recruiter > 0 {
            match world.status {
                Status::Trigger => actions.push(Action::Recruiter(false)),
                Status::Rejected if world.checks.len() < self.config.attempts as usize => {
                    actions.push(Action::Recruiter(true));
                }
                Status::Rejected => {}
            }
        }
        if world.moves > 0 {
            for (number, request) in world.requests.iter().enumerate() {
                let request_number = number as u8;
                let mut to = |stage| actions.push(Action::Move { request: request_number, stage });
                match request.stage {
                    Stage::Requested => [MoveTo::InProgress, MoveTo::Completed, MoveTo::Cancelled].map(&mut to),
                    Stage::InProgress => [MoveTo::Completed, MoveTo::Cancelled, MoveTo::Cancelled].map(&mut to),
                    _ => continue,
                };
            }
        }
        if world.is_busy() {
            if mishap && self.next_moment(world).is_some() {
                actions.push(Action::Tick);
            }
            if mishap {
                actions.push(Action::Outage);
            }
        } else if !world.is_at_rest() && world.now < START.after(HORIZON) && self.next_moment(world).is_some() {
            actions.push(Action::Tick);
        }
    }

    fn next_state(&self, last: &World, action: Action) -> Option<World> {
        let mut world = last.clone();
        let mishap = match &action {
            Action::Push { again, .. } | Action::Deliver { again, .. } => *again,
            Action::Call { worker, how } => match how {
                How::Well => false,
                How::Stale => !matches!(*last.workers[*worker].pending, Call::Find { .. }),
                _ => true,
            },
            Action::Kill { .. } | Action::Outage => true,
            Action::CallBack { times, .. } => *times != 1,
            Action::Tick => last.is_busy(),
            Action::Schedule | Action::Recruiter(_) | Action::Move { .. } => false,
        };
        world.mishaps -= u8::from(mishap);
        match action {
            Action::Push { index, again } => {
                let status = world.pushes[index];
                if !again {
                    world.pushes.remove(index);
                }
                self.start(&mut world, Job::Push(status));
            }
            Action::Deliver { index, again } => {
                let mail = world.letters[index].mail.clone();
                if !again {
                    world.letters.remove(index);
                }
                self.start(&mut world, Job::Record(mail));
            }
            Action::Schedule => self.start(&mut world, Job::Schedule),
            Action::Call { worker, how } => self.call(&mut world, worker, how),
            Action::Kill { worker } => {
                let worker = world.workers.remove(worker);
                self.killed(&mut world, worker);
            }
            Action::CallBack { index, times } => {
                let request = world.callbacks.remove(index);
                for _ in 0..times {
                    let mail = Mail::UpdateRequest { request, received_at: world.now };
                    world.letters.push(Letter { visible_at: world.now, mail });
                }
            }
            Action::Recruiter(orders) => {
                world.recruiter -= 1;
                world.status = if orders { Status::Trigger } else { Status::Rejected };
                let status = world.status;
                world.pushes.push(status);
            }
            Action::Move { request, stage } => {
                world.moves -= 1;
                world.change(request, stage.stage());
            }
            Action::Tick => {
                let until = self.next_moment(last)?;
                self.pass_to(&mut world, until);
            }
            Action::Outage => {
                let until = on_grid(world.now.after(OUTAGE));
                self.pass_to(&mut world, until);
            }
        }
        world.sort();
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties(&self.config)
    }
}

fn at_rest(world: &World, holds: impl Fn() -> bool) -> bool {
    !world.is_at_rest() || holds()
}

fn told(model: &Connector, world: &World) -> bool {
    let _ = model;
    at_rest(world, || {
        world.checks.iter().all(|snap| {
            world.requests_of(snap.attempt()).count() <= 1 || World::tells_second(&snap.check)
        })
    })
}

/// What must always hold, and what must be possible lest the rest hold of nothing.
pub fn properties(config: &Config) -> Vec<Property<Connector>> {
    let mut properties = vec![
        Property::always("never a third create", |_, world: &World| world.posts.iter().all(|posts| *posts <= 2)),
        Property::always("a rejected candidate ends with no open request", |model: &Connector, world: &World| {
            at_rest(world, || {
                world.status != Status::Rejected
                    || world.requests.iter().all(|request| {
                        let says_so = || world.check(request.attempt).is_some_and(|check| check.cancel_unconfirmed);
                        !is_open(request.stage) || (!model.config.search && says_so())
                    })
            })
        }),
        Property::always("no accepted order is forgotten", |_, world: &World| {
            world.now < START.after(HORIZON)
                && at_rest(world, || {
                    (1..4).filter(|attempt| world.accepted & (1 << attempt) != 0).all(|attempt| {
                        world.check(attempt).is_some_and(|check| check.request.is_some() || check.is_over())
                    })
                })
        }),
        Property::always("a check ends where its request ended", |_, world: &World| {
            at_rest(world, || world.checks.iter().all(|snap| world.agrees(&snap.check)))
        }),
        Property::always("iCIMS shows in the end what the check says", |_, world: &World| {
            at_rest(world, || world.checks.iter().all(|snap| world.shows(&snap.check)))
        }),
        // Where two attempts' replies were lost, one row may stay behind; it says what it should.
        Property::always("one row for a check", |_, world: &World| {
            at_rest(world, || world.checks.len() > 1 || world.rows.len() <= 1)
        }),
        Property::sometimes("completed", |_, world: &World| {
            world.is_at_rest() && world.checks.iter().any(|snap| snap.check.state == State::Completed)
        }),
        Property::sometimes("cancelled", |_, world: &World| {
            world.is_at_rest() && world.checks.iter().any(|snap| snap.check.state == State::Cancelled)
        }),
        Property::sometimes("refused", |_, world: &World| {
            world.is_at_rest() && world.checks.iter().any(|snap| snap.check.refusal.is_some())
        }),
    ];
    properties.push(match config.visibility {
        Visibility::WithinSettle => Property::always("one request for one order at most", |_, world: &World| {
            (1..4).all(|attempt| world.requests_of(attempt).count() <= 1)
        }),
        Visibility::Within(_) => Property::sometimes("two requests for one order", |_, world: &World| {
            (1..4).any(|attempt| world.requests_of(attempt).count() > 1)
        }),
    });
    if matches!(config.visibility, Visibility::Within(_)) {
        properties.push(Property::always("a second request is told", told));
    }
    properties
}
