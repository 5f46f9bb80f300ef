//! The world between two steps: the store, the queues, both vendors, and who is running.

use std::hash::{Hash, Hasher};

use connector_core::domain::{Check, Refusal, Row, Stage, State, Timestamp, View};

use crate::action::Action;
use crate::call::{Answer, Call, Live, Mail, Status, number_of, request_id};
use crate::config::{Config, Sabotage};
use crate::moments::START;
use crate::snap::Snap;
use crate::worker::{Job, Worker};

/// A record in a queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct QueuedMessage {
    pub(crate) visible_at: Timestamp,
    pub(crate) mail: Mail,
}

/// A request at Crosschq.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Request {
    /// Of which order: our external id.
    pub(crate) attempt: u32,
    pub(crate) stage: Stage,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// Whether a callback about it ever came through.
    pub(crate) heard: bool,
}

/// A call that nobody waits for any more and that may still be carried out.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) struct UnderWay {
    pub(crate) call: Call,
    pub(crate) left_at: Timestamp,
    /// From then on it certainly is not carried out.
    pub(crate) until: Timestamp,
}

/// A row on the Screen tab.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ScreenRow {
    /// The attempt that its marker names.
    pub(crate) attempt: u32,
    pub(crate) digest: String,
}

/// The world.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    pub(crate) now: Timestamp,
    /// The checks, by attempt.
    pub(crate) checks: Vec<Snap>,
    pub(crate) queued: Vec<QueuedMessage>,
    pub(crate) workers: Vec<Worker>,
    pub(crate) under_way: Vec<UnderWay>,
    /// The candidate's status in iCIMS.
    pub(crate) status: Status,
    pub(crate) rows: Vec<ScreenRow>,
    pub(crate) requests: Vec<Request>,
    /// Pushes of iCIMS that nobody has answered.
    pub(crate) pushes: Vec<Status>,
    /// Requests whose change Crosschq has yet to call back about.
    pub(crate) callbacks: Vec<u8>,
    /// POSTs of each attempt that left for Crosschq.
    pub(crate) posts: [u8; 4],
    /// Creates of each attempt that were about to leave, whether or not they did, and those whose counting was written
    /// unheard.
    pub(crate) may_have_left: [u8; 4],
    /// Attempts whose order was taken: the webhook queued it.
    pub(crate) accepted: u8,
    /// What may still go wrong.
    pub(crate) mishaps: u8,
    /// How often the recruiter may still act.
    pub(crate) recruiter: u8,
    /// How often the candidate or somebody at Crosschq may still act.
    pub(crate) moves: u8,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (self.now, &self.checks, &self.queued, self.status, &self.rows, &self.requests).hash(hasher);
        (&self.under_way, &self.pushes, &self.callbacks, self.posts, self.may_have_left, self.accepted).hash(hasher);
        (self.mishaps, self.recruiter, self.moves).hash(hasher);
        self.workers.len().hash(hasher);
        for worker in &self.workers {
            worker.story.plain.hash(hasher);
            for behind in self.behind(worker) {
                behind.hash(hasher);
            }
        }
    }
}

impl World {
    /// A recruiter has just ordered references.
    pub(crate) fn begin(config: &Config) -> Self {
        Self {
            now: START,
            checks: Vec::new(),
            queued: Vec::new(),
            workers: Vec::new(),
            under_way: Vec::new(),
            status: Status::Trigger,
            rows: Vec::new(),
            requests: Vec::new(),
            pushes: vec![Status::Trigger],
            callbacks: Vec::new(),
            posts: [0; 4],
            may_have_left: [0; 4],
            accepted: 0,
            mishaps: config.mishaps,
            recruiter: config.recruiter,
            moves: config.moves,
        }
    }

    /// Seconds since the run began.
    pub fn offset_s(&self) -> i64 {
        crate::moments::offset(self.now)
    }

    /// What an action is about, for people.
    pub fn subject(&self, action: Option<&Action>) -> String {
        match action {
            Some(Action::Call { worker, .. } | Action::Kill { worker } | Action::TimeUp { worker, .. }) => {
                let worker = &self.workers[*worker];
                format!("{:?} waits for {:?}", worker.job(), worker.pending)
            }
            Some(Action::Arrive { index }) => format!("{:?}", self.under_way[*index].call),
            Some(Action::Deliver { index, .. }) => format!("{:?}", self.queued[*index].mail),
            Some(Action::Push { index, .. }) => format!("{:?}", self.pushes[*index]),
            _ => String::new(),
        }
    }

    /// By how many writes each check that the worker was given lies behind the store's. Of versions only this is
    /// hashed: no flow looks at one but to save over it.
    fn behind<'a>(&'a self, worker: &'a Worker) -> impl Iterator<Item = u64> + 'a {
        worker.story.log.iter().filter_map(move |(answer, _)| match answer {
            Answer::Check(Some(snap)) | Answer::Conflict(snap) => {
                let stored = self.check(snap.attempt())?;
                Some(stored.version.saturating_sub(snap.check.version))
            }
            // What it inserted was version 1; what it saved follows from what it was given.
            Answer::Stored => match worker.job() {
                Job::Record(Mail::Order { attempt, .. }) => self.check(*attempt).map(|stored| stored.version - 1),
                _ => None,
            },
            _ => None,
        })
    }

    /// What the store holds of an attempt.
    pub(crate) fn check(&self, attempt: u32) -> Option<&Check> {
        self.checks.iter().find(|snap| snap.attempt() == attempt).map(|snap| &*snap.check)
    }

    /// Puts everything that has no order of its own into one: worlds that differ only in that are the same.
    pub(crate) fn sort(&mut self) {
        self.checks.sort_by_key(Snap::attempt);
        self.queued.sort();
        self.pushes.sort();
        self.callbacks.sort_unstable();
        self.workers.sort_by(|a, b| a.rank().cmp(&b.rank()));
    }

    /// A request as Crosschq reports it.
    pub(crate) fn live(&self, number: u8) -> Option<Live> {
        let request = self.requests.get(usize::from(number))?;
        Some(Live {
            number,
            attempt: request.attempt,
            stage: request.stage,
            created_at: request.created_at,
            updated_at: request.updated_at,
            claimed_at: self.check(request.attempt)?.timing.created_at,
        })
    }

    /// The requests of an order.
    pub(crate) fn requests_of(&self, attempt: u32) -> impl Iterator<Item = &Request> {
        self.requests.iter().filter(move |request| request.attempt == attempt)
    }

    /// Carries out a call whose caller does not hear of it. A counted create that is not confirmed does not leave, but may
    /// have as far as the ledger shows.
    pub(crate) fn perform_unheard(&mut self, config: &Config, call: &Call) {
        let counted = |world: &Self| world.checks.iter().map(|snap| snap.check.creates.begun).sum::<u8>();
        let before = counted(self);
        self.perform(config, call);
        if let Call::Insert(snap) | Call::Save(snap) = call {
            self.may_have_left[snap.attempt() as usize] += counted(self).saturating_sub(before);
        }
    }

    /// A function waits for this call.
    pub(crate) fn wait(&mut self, worker: Worker) {
        if let Call::Create { attempt } = *worker.pending {
            self.may_have_left[attempt as usize] += 1;
        }
        self.workers.push(worker);
    }

    /// A call leaves for nobody; it is carried out before this moment or never.
    pub(crate) fn leave(&mut self, call: Call, until: Timestamp) {
        if let Call::Create { attempt } = call {
            self.posts[attempt as usize] += 1;
        }
        self.under_way.push(UnderWay { call, left_at: self.now, until });
    }

    /// Carries out a call that was under way.
    pub(crate) fn arrive(&mut self, config: &Config, index: usize) {
        let UnderWay { call, left_at, .. } = self.under_way.remove(index);
        let (posts, known) = (self.posts, self.requests.len());
        self.perform(config, &call);
        // It was counted when it left; within which time Crosschq shows its request counts from then too.
        self.posts = posts;
        for request in &mut self.requests[known..] {
            request.created_at = left_at;
        }
    }

    /// Whether anything could happen at this moment without anybody's doing.
    pub(crate) fn is_busy(&self, config: &Config) -> bool {
        !self.workers.is_empty()
            || !self.pushes.is_empty()
            || !self.callbacks.is_empty()
            || self.queued.iter().any(|message| message.visible_at <= self.now)
            || self.is_due(config)
    }

    /// Whether the schedule would find something.
    pub(crate) fn is_due(&self, config: &Config) -> bool {
        config.sabotage != Sabotage::NoSchedule
            && self.checks.iter().any(|snap| snap.check.timing.due_at.is_some_and(|due| due <= self.now))
    }

    /// Whether nothing is under way and no check waits for anything but news from Crosschq: an end.
    pub(crate) fn is_at_rest(&self, config: &Config) -> bool {
        !self.is_busy(config)
            && self.queued.is_empty()
            && self.under_way.is_empty()
            && self.checks.iter().all(|snap| self.rests(&snap.check))
    }

    /// A check without `due_at` rests, right or wrong. One that is looked at again rests if that look finds nothing
    /// to do.
    fn rests(&self, check: &Check) -> bool {
        let waits = check.is_open() && !check.may_need_cancelling();
        check.timing.due_at.is_none() || (waits && self.agrees(check) && self.shows(check))
    }

    /// Whether a check says of its request what Crosschq says.
    pub(crate) fn agrees(&self, check: &Check) -> bool {
        let Some(live) = self.live_of(check) else { return check.request().is_none() };
        check.state() == State::from(live.stage)
    }

    /// Whether iCIMS shows what a check and its request say.
    pub(crate) fn shows(&self, check: &Check) -> bool {
        let live = self.live_of(check).map(|live| live.request(true));
        let wanted = View::of(check, live.as_ref()).digest().to_string();
        match &check.sync.row {
            Row::Entry(entry) => {
                let row = entry.as_str()[1..].parse::<usize>().ok().and_then(|index| self.rows.get(index));
                row.is_some_and(|row| row.digest == wanted)
            }
            Row::Absent | Row::CreatePending => false,
        }
    }

    fn live_of(&self, check: &Check) -> Option<Live> {
        self.live(number_of(check.request()?))
    }

    /// Whether a check ended by telling the recruiter to look at Crosschq: nobody could know what it holds.
    pub(crate) fn calls_for_a_person(check: &Check) -> bool {
        check.is_cancel_unconfirmed() || check.refusal() == Some(&Refusal::OutcomeUnknown)
    }

    /// Whether a check's history reports a request that it does not follow.
    pub(crate) fn reports_duplicate(check: &Check, request: u8) -> bool {
        check.duplicates().contains(&request_id(request))
    }
}
