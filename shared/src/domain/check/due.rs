//! When the schedule looks at a check again.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::Check;
use super::phase::{CreateOutcome, Phase};
use crate::domain::Timestamp;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// How long a completed check without a report is asked about; then a person has to look (docs/vendors/crosschq.md
/// §9.3).
const REPORT_WITHIN: Duration = Duration::from_secs(86_400);
/// How long a check whose request is taken for gone is still asked about.
const GONE_FOR: Duration = Duration::from_secs(14 * 86_400);

/// How soon a report that is missing is looked for again.
fn report_wait(waited: Duration) -> Duration {
    match waited.as_secs() {
        0..60 => MINUTE,
        60..300 => 5 * MINUTE,
        300..3_600 => 15 * MINUTE,
        3_600..21_600 => HOUR,
        _ => 6 * HOUR,
    }
}

impl Check {
    /// When the schedule should look again, once iCIMS shows what it should.
    pub fn settle_due(&mut self, report_missing: bool, now: Timestamp) {
        let waited = now.since(self.timing.state_since);
        self.timing.failures = 0;
        self.sync.report_overdue = report_missing && waited >= REPORT_WITHIN;
        self.timing.due_at = match self.phase() {
            Phase::Ended { .. } if self.answers().presence.is_gone() => {
                (waited < GONE_FOR).then(|| now.after(self.jittered(24 * HOUR)))
            }
            // A report link may come after the completion (docs/vendors/crosschq.md §9.3): look again for a day.
            Phase::Ended { .. } => (report_missing && waited < REPORT_WITHIN).then(|| now.after(report_wait(waited))),
            Phase::Creating(creating) if creating.outcome == CreateOutcome::Pending => Some(now.after(Self::RETRY_DUE)),
            Phase::Creating(_) => {
                // A look-up or the last create may settle it; after those, only a callback can.
                let every = if self.creates.begun > 1 { Self::POLL_EVERY } else { HOUR };
                Some(now.after(every).min(self.adoption_ends_at().max(now.after(Self::STEP_DUE))))
            }
            Phase::Open { .. } => Some(self.open_due(waited, now)),
        };
    }

    fn open_due(&self, waited: Duration, now: Timestamp) -> Timestamp {
        if let Some(refused_at) = self.answers().cancel_refused_at {
            return refused_at.after(self.jittered(Self::CANCEL_AGAIN)).max(now.after(Self::STEP_DUE));
        }
        if self.may_need_cancelling() {
            return now.after(Self::STEP_DUE);
        }
        // Ever more seldom: what has not changed for a day seldom changes unnoticed (docs/vendors/crosschq.md §9.6).
        let every = if waited < 24 * HOUR { Self::POLL_EVERY } else { 2 * Self::POLL_EVERY };
        now.after(self.jittered(every))
    }

    /// What the schedule wanted done failed: it tries again, ever more seldom. An unfinished step is tried again every
    /// hour at the least, a mere look at an open request every six.
    pub fn retry_later(&mut self, now: Timestamp) {
        self.timing.failures = self.timing.failures.saturating_add(1);
        if self.creates.begun > 0 && self.creating().is_some() {
            // The longer an unconfirmed create waits, the likelier its request has ended, and is not guarded by Crosschq any
            // more when the create is repeated.
            self.timing.due_at = Some(now.after(Self::STEP_DUE));
            return;
        }
        let unfinished = !self.is_open() || self.may_need_cancelling() || self.sync.digest.is_none();
        let longest = if unfinished { HOUR } else { 6 * HOUR };
        let doubled = 1_u32.checked_shl(u32::from(self.timing.failures) - 1).unwrap_or(u32::MAX);
        let wait = Self::RETRY_DUE.saturating_mul(doubled).min(longest);
        self.timing.due_at = Some(now.after(self.jittered(wait)));
    }

    /// The schedule looks again at this moment and not before, unless a cancellation waits for it.
    pub fn defer_until(&mut self, later: Timestamp) {
        let due = self.timing.due_at.filter(|_| self.may_need_cancelling());
        self.timing.due_at = Some(due.map_or(later, |due| due.min(later)));
    }

    /// The schedule looks again at this moment at the latest.
    pub fn due_by(&mut self, moment: Timestamp) {
        self.timing.due_at = Some(self.timing.due_at.map_or(moment, |due| due.min(moment)));
    }

    /// A span and up to a tenth more of it, drawn from the check: five hundred orders of one minute are not asked about in
    /// one minute for ever.
    fn jittered(&self, span: Duration) -> Duration {
        let drawn = Sha256::digest(self.external_id());
        let share = drawn.first().map_or(0, |byte| u32::from(*byte));
        span + span / 10 * share / 255
    }
}
