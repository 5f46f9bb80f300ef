//! The model that the checker explores: which steps there are, and what each leads to.

use std::time::Duration;

use connector_core::domain::{Check, Source, Timestamp};

use crate::action::{Action, Effect, How, MoveTo};
use crate::call::{Answer, Call, Status};
use crate::config::{Config, Sabotage};
use crate::functions::{Functions, Ran};
use crate::moments::{HORIZON, RECORD_LIMIT, START, VISIBILITY, next, on_grid};
use crate::state::{QueuedMessage, World};
use crate::worker::{Job, Worker};

/// The connector in such a world.
pub struct Connector {
    /// Which world.
    pub config: Config,
    functions: Functions,
}

impl Connector {
    /// The connector in such a world.
    pub fn new(config: Config) -> Self {
        Self { config, functions: Functions::new(config) }
    }

    pub(crate) fn start(&self, world: &mut World, job: Job) {
        let now = world.now;
        match self.functions.start(job.clone(), now) {
            Ran::Waits(worker) => world.wait(worker),
            ended => comes_again(world, job, now, &ended),
        }
    }

    pub(crate) fn answer(&self, world: &mut World, worker: &Worker, answer: Answer) {
        match self.functions.answer(worker, answer, world.now) {
            Ran::Waits(worker) => world.wait(worker),
            ended => comes_again(world, worker.job().clone(), worker.story.started, &ended),
        }
    }

    pub(crate) fn call(&self, world: &mut World, index: usize, how: How) {
        let worker = world.workers.remove(index);
        let call = worker.pending.clone();
        let answer = match how {
            How::Well => world.perform(&self.config, &call),
            How::Failed => Answer::Failed,
            How::ReplyLost => {
                world.perform_unheard(&self.config, &call);
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
                Call::Find { .. } | Call::Read { .. } => Answer::Live(None),
                _ => Answer::Attempts(Vec::new()),
            },
        };
        self.answer(world, &worker, answer);
    }

    /// How a call can end. What is late by the vendor's nature is no mishap.
    fn ways(&self, world: &World, call: &Call, ways: &mut Vec<How>) {
        ways.push(How::Well);
        if let Call::Find { attempt } = call
            && world.may_be_invisible(self.config.visible_within, *attempt)
        {
            ways.push(How::Stale);
        }
        if world.mishaps == 0 {
            return;
        }
        ways.push(How::Failed);
        match call {
            Call::Create { .. } => ways.extend([How::ReplyLost, How::RequestLost, How::Refused]),
            Call::ByRequest { .. } | Call::OutcomeUnknown => ways.push(How::Stale),
            Call::Read { request } if world.is_fresh(*request) => ways.push(How::Stale),
            call if !call.is_read() => ways.push(How::ReplyLost),
            _ => {}
        }
    }

    pub(crate) fn is_mishap(&self, world: &World, action: &Action) -> bool {
        match action {
            Action::Push { again, .. } | Action::Deliver { again, .. } => *again,
            Action::Call { worker, how: How::Stale } => !matches!(*world.workers[*worker].pending, Call::Find { .. }),
            Action::Call { how, .. } => *how != How::Well,
            Action::Kill { .. } | Action::TimeUp { .. } | Action::Outage => true,
            Action::CallBack { times, .. } => *times != 1,
            Action::Tick => world.is_busy(&self.config),
            Action::Arrive { .. } | Action::Schedule | Action::Recruiter { .. } | Action::Move { .. } => false,
        }
    }

    pub(crate) fn of_workers(&self, world: &World, actions: &mut Vec<Action>) {
        let mishap = world.mishaps > 0;
        let mut ways = Vec::new();
        for (worker, running) in world.workers.iter().enumerate() {
            self.ways(world, &running.pending, &mut ways);
            actions.extend(ways.drain(..).map(|how| Action::Call { worker, how }));
            if mishap {
                actions.push(Action::Kill { worker });
                actions.extend(effects(running).iter().map(|&effect| Action::TimeUp { worker, effect }));
            }
        }
        if world.workers.len() == self.config.workers {
            return;
        }
        let again = if mishap { &[false, true][..] } else { &[false] };
        for index in 0..world.pushes.len() {
            actions.extend(again.iter().map(|&again| Action::Push { index, again }));
        }
        for (index, _) in world.queued.iter().enumerate().filter(|(_, message)| message.visible_at <= world.now) {
            actions.extend(again.iter().map(|&again| Action::Deliver { index, again }));
        }
        if world.is_due(&self.config) && world.workers.iter().all(|worker| *worker.job() != Job::Schedule) {
            actions.push(Action::Schedule);
        }
    }

    pub(crate) fn time_up(&self, world: &mut World, index: usize, effect: Effect) {
        let worker = world.workers.remove(index);
        let call = (*worker.pending).clone();
        match effect {
            Effect::Never => {}
            Effect::Done => world.perform_unheard(&self.config, &call),
            Effect::UnderWay => world.leave(call, worker.deadline().after(Check::SETTLE)),
        }
        let up_at = worker.story.started.after(RECORD_LIMIT);
        if world.now < up_at {
            pass_to(world, up_at);
        }
        // What the schedule sent is acknowledged however it ends.
        let by_schedule = matches!(worker.job(), Job::Record(mail) if mail.source() == Source::Schedule);
        let ended = if by_schedule { Ran::Done } else { Ran::Later(Duration::ZERO) };
        comes_again(world, worker.job().clone(), worker.story.started, &ended);
    }

    pub(crate) fn of_people(&self, world: &World, actions: &mut Vec<Action>) {
        if world.recruiter > 0 {
            match world.status {
                Status::Trigger => actions.push(Action::Recruiter { orders: false }),
                Status::Rejected if world.checks.len() < self.config.attempts as usize => {
                    actions.push(Action::Recruiter { orders: true });
                }
                Status::Rejected => {}
            }
        }
        if world.moves > 0 {
            for (request, held) in (0..u8::MAX).zip(&world.requests) {
                actions.extend(MoveTo::from(held.stage).iter().map(|&to| Action::Move { request, to }));
            }
        }
    }

    pub(crate) fn of_time(&self, world: &World, actions: &mut Vec<Action>) {
        let busy = world.is_busy(&self.config);
        let moves_on = next_moment(&self.config, world).is_some();
        if busy && world.mishaps > 0 {
            actions.extend(moves_on.then_some(Action::Tick));
            actions.push(Action::Outage);
        }
        if !busy && moves_on && !world.is_at_rest(&self.config) && world.now < START.after(HORIZON) {
            actions.push(Action::Tick);
        }
    }
}

/// Has what started a function come again, if the function wishes it.
fn comes_again(world: &mut World, job: Job, started: Timestamp, ended: &Ran) {
    let at = match ended {
        Ran::Waits(_) | Ran::Done => return,
        Ran::Later(after) => world.now.after(*after),
        Ran::Abandoned => started.after(VISIBILITY),
    };
    match job {
        Job::Push(status) => world.pushes.push(status),
        Job::Record(mail) => {
            world.queued.push(QueuedMessage { visible_at: on_grid(at).max(next(world.now)), mail });
        }
        Job::Schedule => {}
    }
}

/// What may become of a worker's call when the time of its record is up. Only a queue's record has a time of its own:
/// whoever pushes, and the schedule, wait for the function itself, and that it ends there is a kill.
fn effects(worker: &Worker) -> &'static [Effect] {
    match worker.job() {
        Job::Push(_) | Job::Schedule => &[],
        Job::Record(_) if worker.pending.is_read() => &[Effect::Never],
        Job::Record(_) if worker.pending.may_arrive_late() => &[Effect::Never, Effect::Done, Effect::UnderWay],
        Job::Record(_) => &[Effect::Never, Effect::Done],
    }
}

/// A killed process leaves its record to the visibility timeout, its push to iCIMS.
pub(crate) fn killed(world: &mut World, worker: &Worker) {
    comes_again(world, worker.job().clone(), worker.story.started, &Ran::Abandoned);
}

pub(crate) fn pass_to(world: &mut World, until: Timestamp) {
    world.now = until;
    let (dead, alive): (Vec<Worker>, _) =
        std::mem::take(&mut world.workers).into_iter().partition(|worker| worker.deadline() <= until);
    world.workers = alive;
    for worker in &dead {
        killed(world, worker);
    }
    world.under_way.retain(|under_way| until < under_way.until);
}

/// The next moment at which anything can be different.
pub(crate) fn next_moment(config: &Config, world: &World) -> Option<Timestamp> {
    let queued = world.queued.iter().map(|message| message.visible_at);
    let schedule = config.sabotage != Sabotage::NoSchedule;
    let due = world.checks.iter().filter(|_| schedule).filter_map(|snap| snap.check.timing.due_at);
    let workers = world.workers.iter().map(Worker::deadline);
    let under_way = world.under_way.iter().map(|under_way| under_way.until);
    queued.chain(due).chain(workers).chain(under_way).filter(|at| *at > world.now).map(on_grid).min()
}
