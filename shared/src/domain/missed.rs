//! Events that never came: how far the backfill has searched for them, and whether what it found is one.
//!
//! A customer's changes are searched in passes, each over what was updated since the one before it began. A pass goes
//! through the rejections first and the orders then, by ascending workflow id, and may take several scans.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Check, Customer, Intent, MissedPushes, OrderDecision, Standing, Timestamp, WorkflowId, decide_event, decide_order,
    meaning,
};

/// How long an event may take before it counts as missed.
const GRACE: Duration = Duration::from_secs(10 * 60);
/// How far a pass reaches back behind the beginning of the one before: what was too fresh then, the 15 minutes for which
/// iCIMS answers from its cache, and the minute to which its dates are rounded (docs/vendors/icims.md §3.7).
const OVERLAP: Duration = Duration::from_secs(30 * 60);
/// By how much iCIMS' clock may be ahead of ours.
const SKEW: Duration = Duration::from_secs(2 * 60);
/// How long after the beginning the first scan comes: before, nothing could count as missed.
const FIRST: Duration = Duration::from_secs(15 * 60);
/// Calls to iCIMS in one scan at most.
pub const MAX_CALLS_PER_SCAN: u32 = 25;
/// Scans that may end at the same workflow before it is skipped: at half an hour from one to the next they outlast an
/// outage of six hours, and no workflow holds the others up for longer.
const TRIES: u8 = 12;
const DAY_S: i64 = 86_400;

/// What a pass searches for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchPhase {
    /// Rejections and withdrawals, of which an open check knows nothing.
    #[default]
    Rejections,
    /// Orders without a check.
    Orders,
}

/// A pass under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// When it began: the next one reaches back to here.
    pub began_at: Timestamp,
    /// Changes from this moment on belong to it.
    pub since: Timestamp,
    pub phase: SearchPhase,
    /// The last workflow that was examined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<WorkflowId>,
    /// Scans that ended because the next workflow could not be read.
    #[serde(default)]
    pub failed: u8,
}

impl Pass {
    /// A workflow was examined.
    pub fn advance(&mut self, workflow: WorkflowId) {
        self.after = Some(workflow);
        self.failed = 0;
    }

    /// A workflow could not be read; returns whether it is to be skipped.
    pub fn record_failure(&mut self) -> bool {
        self.failed = self.failed.saturating_add(1);
        self.failed >= TRIES
    }
}

/// How far the search for a customer's missed events has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// Since when they are searched for: what was entered before orders nothing.
    pub on_since: Timestamp,
    /// Changes before this moment were examined.
    pub searched_until: Timestamp,
    /// No scan before.
    pub next_at: Timestamp,
    /// The day of UTC that `calls` belong to, counted from the epoch.
    pub day: i64,
    /// Calls to iCIMS booked on that day.
    pub calls: u32,
    /// The pass under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<Pass>,
    /// Counts the writes; the store writes one only over the one that was loaded.
    #[serde(default)]
    pub rev: u64,
}

impl Watermark {
    /// Searched for from now on.
    pub fn begin(now: Timestamp) -> Self {
        let next_at = now.after(FIRST);
        Self { on_since: now, searched_until: now, next_at, day: day(now), calls: 0, pass: None, rev: 0 }
    }

    /// Begins a scan, if it is time for one: books the calls that it may make at most, and returns their number. Nothing
    /// while the day's calls are spent.
    pub fn begin_scan(&mut self, settings: &MissedPushes, now: Timestamp) -> Option<u32> {
        if now < self.next_at {
            return None;
        }
        if self.day != day(now) {
            (self.day, self.calls) = (day(now), 0);
        }
        let calls = MAX_CALLS_PER_SCAN.min(settings.calls_a_day.saturating_sub(self.calls));
        self.next_at = now.after(Duration::from_secs(u64::from(settings.every_min) * 60));
        if calls == 0 {
            return None;
        }
        self.calls = self.calls.saturating_add(calls);
        if self.pass.is_none() {
            let look_back = now.before(Duration::from_secs(u64::from(settings.look_back_h) * 3_600));
            let since = self.searched_until.before(OVERLAP).max(self.on_since).max(look_back);
            self.pass = Some(Pass { began_at: now, since, phase: SearchPhase::default(), after: None, failed: 0 });
        }
        Some(calls)
    }

    /// Ends a scan that made `used` of the `booked` calls. One that stopped short of the pass's end without a failure is
    /// taken up by the next run.
    pub fn end_scan(&mut self, booked: u32, used: u32, failed: bool, now: Timestamp) {
        self.calls = self.calls.saturating_sub(booked.saturating_sub(used));
        if self.pass.is_some() && !failed {
            self.next_at = now;
        }
    }

    /// Ends the phase of the pass: on to the next, or to its end.
    pub fn next_phase(&mut self) {
        match &mut self.pass {
            Some(pass) if pass.phase == SearchPhase::Rejections => {
                (pass.phase, pass.after, pass.failed) = (SearchPhase::Orders, None, 0);
            }
            Some(pass) => {
                self.searched_until = pass.began_at;
                self.pass = None;
            }
            None => {}
        }
    }
}

fn day(now: Timestamp) -> i64 {
    now.s().div_euclid(DAY_S)
}

/// The attempt to order for a workflow that was found in a trigger status, if its event was missed. Where it is not known
/// when it came there nothing is ordered: a doubled request mails people, a missed one is seen on the Screen tab.
pub fn decide_missed(
    customer: &Customer,
    mark: &Watermark,
    latest: Option<&Check>,
    standing: &Standing,
    now: Timestamp,
) -> Option<u32> {
    let settings = customer.settings.icims.find_missed_pushes.as_ref()?;
    let entered = standing.entered()?;
    let status = standing.workflow.status.as_ref()?;
    if decide_event(customer, status, entered.by.as_ref()) != Intent::Request {
        return None;
    }
    let oldest = now.before(Duration::from_secs(u64::from(settings.look_back_h) * 3_600)).max(mark.on_since);
    if entered.at < oldest || now.since(entered.at) < GRACE || now.after(SKEW) < entered.at {
        return None;
    }
    if let Some(latest) = latest {
        // Each attempt came from an entry of its own. Counted beside the dates, so that a date which is off by a zone
        // cannot make a second order of the first one's entry.
        let sets = &customer.settings.icims.statuses;
        let orders = standing.log.iter().filter_map(|entered| entered.status.as_ref());
        let orders = orders.filter(|status| meaning(sets, status) == Intent::Request).count();
        if entered.at <= latest.timing.state_since
            || orders <= usize::try_from(latest.key.attempt).unwrap_or(usize::MAX)
        {
            return None;
        }
    }
    match decide_order(customer, latest, now) {
        OrderDecision::Start { attempt } => Some(attempt),
        OrderDecision::Redelivery | OrderDecision::Refuse(_) => None,
    }
}

#[cfg(test)]
mod tests;
