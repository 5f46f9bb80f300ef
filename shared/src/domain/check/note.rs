//! Writing into the history: every transition does, in the write that it is part of.

use super::super::{Actor, CorrelationId, Entry, Repeats, Timestamp, What};
use super::Check;

/// Steps that say nothing new when they are taken again to the same end.
fn is_mere_try(what: &What) -> bool {
    matches!(what, What::Claimed | What::CreateBegun | What::Repeated | What::TakenOver | What::LookedUp { .. })
}

fn is_same(one: &Entry, other: &Entry) -> bool {
    one.by == other.by && one.what == other.what
}

impl Check {
    /// Appends to the history.
    pub fn note(&mut self, by: Actor, what: What, correlation_id: &CorrelationId, now: Timestamp) {
        // What was decided before somebody else wrote is written after it.
        let at = self.history.last().map_or(now, |last| now.max(last.at));
        let entry = Entry { at, by, what, correlation_id: correlation_id.clone(), repeats: None };
        self.updated_at = now;
        if self.fold(&entry) {
            return;
        }
        if self.history.len() >= Self::HISTORY_MAX {
            // The beginning tells how it started, the end how it stands; the middle can go.
            self.history.remove(Self::HISTORY_MAX / 2);
        }
        self.history.push(entry);
    }

    /// An outage gives a claim back every few minutes: the steps that led there the last time too are kept once, and the
    /// last entry counts. Tells whether the entry is told of that way.
    fn fold(&mut self, entry: &Entry) -> bool {
        if !matches!(entry.what, What::Released { .. }) {
            return false;
        }
        let Some(last) = self.history.iter().rposition(|known| is_same(known, entry)) else { return false };
        let (before, steps) = (&self.history[..last], &self.history[last + 1..]);
        let Some(from) = before.len().checked_sub(steps.len()) else { return false };
        let again = before[from..].iter().zip(steps).all(|(one, other)| is_same(one, other));
        if steps.is_empty() || !again || !steps.iter().all(|step| is_mere_try(&step.what)) {
            return false;
        }
        let known = &self.history[last];
        let repeats = known.repeats.unwrap_or(Repeats { times: 1, since: known.at });
        self.history.truncate(last);
        self.history.push(Entry { repeats: Some(Repeats { times: repeats.times + 1, ..repeats }), ..entry.clone() });
        true
    }
}
