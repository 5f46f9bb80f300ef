//! Which world is explored, and how much may go wrong in it.

use std::time::Duration;

use connector_core::domain::Check;

/// A defect put into the connector, to see that the model finds what it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// None: the connector as it is.
    None,
    /// A create without an answer is taken for one that did not happen, and simply tried again.
    SilenceMeansNo,
    /// The store writes whatever it is given, over whatever stands there.
    UnconditionalWrites,
    /// The schedule never runs.
    NoSchedule,
    /// Callbacks are answered and forgotten.
    NobodyListens,
    /// A create leaves without being counted.
    NothingCounted,
}

/// Which world, and how much may go wrong in it. The bounds count whole runs: a run takes any number of steps.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// For people.
    pub name: &'static str,
    /// Crosschq offers a look-up.
    pub search: bool,
    /// Crosschq takes our external id and echoes it.
    pub echoes: bool,
    /// Crosschq honors the idempotency key: a repeated create gets the first one's reply.
    pub honors_key: bool,
    /// Crosschq refuses a second open request for the candidate with 409.
    pub refuses_second: bool,
    /// Within which span of its creation a look-up finds a request; before it, it may or may not.
    pub visible_within: Duration,
    /// Functions that run at once, at most.
    pub workers: usize,
    /// Things that go wrong, at most: a kill, a record's time that runs out, a lost or failed call, a lost reply, a
    /// refusal, a stale read, a repeated push or record, a dropped or repeated callback, a delay, an outage.
    pub mishaps: u8,
    /// Of all these, only the time of records runs out.
    pub only_time_up: bool,
    /// Acts of the recruiter after the first order, at most: rejections, and orders after a rejection.
    pub recruiter: u8,
    /// Acts of candidate, referees and people at Crosschq, at most.
    pub moves: u8,
    /// Orders that become a check, at most.
    pub attempts: u32,
    /// What is broken on purpose.
    pub sabotage: Sabotage,
}

impl Config {
    /// Crosschq with a look-up that keeps its word, and nothing else to rely on; nothing goes wrong.
    pub const SEARCH: Self = Self {
        name: "search",
        search: true,
        echoes: true,
        honors_key: false,
        refuses_second: false,
        visible_within: Check::SETTLE,
        workers: 1,
        mishaps: 0,
        only_time_up: false,
        recruiter: 0,
        moves: 0,
        attempts: 2,
        sabotage: Sabotage::None,
    };
    /// Crosschq without a look-up, which honors the idempotency key.
    pub const KEY: Self = Self { name: "key", search: false, honors_key: true, ..Self::SEARCH };
    /// Crosschq without a look-up, which refuses a second open request for the candidate.
    pub const REFUSES: Self = Self { name: "refuses", search: false, refuses_second: true, ..Self::SEARCH };
    /// The assumption off: what was created may be found only hours later, or never in time.
    pub const LATE: Self = Self { name: "late", visible_within: Duration::from_secs(12 * 3600), ..Self::SEARCH };
    /// Nothing to rely on at all: no look-up, no idempotency, no refusal; only callbacks that name our id.
    pub const NOTHING: Self = Self { name: "nothing", search: false, ..Self::SEARCH };

    /// Whether a look-up finds what was created once the connector looks.
    pub fn visible(&self) -> bool {
        self.visible_within <= Check::SETTLE
    }

    /// Whether Crosschq gives what exactly one request rests on. A refusal is worth nothing once the first request may be
    /// finished before the create is repeated.
    pub fn exactly_one(&self) -> bool {
        self.honors_key || (self.refuses_second && self.moves == 0) || (self.search && self.visible())
    }
}
