//! What the store holds: a real [`Check`], with a fingerprint of all that a flow can ever ask it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use connector::domain::{Check, Lease, Row, What};

/// A check as it was written, and what tells it from another.
#[derive(Clone)]
pub(crate) struct Snap {
    pub(crate) check: Arc<Check>,
    fingerprint: u64,
}

impl Snap {
    /// Forgets the history (but for second requests) and who wrote when: no flow asks for either. The version is
    /// left out of the fingerprint: only whether it is still the store's can matter, and the state says that.
    pub(crate) fn of(check: &Check) -> Self {
        let mut check = check.clone();
        check.history.retain(|entry| matches!(entry.what, What::SecondRequest { .. }));
        let mut hasher = DefaultHasher::new();
        let lease = |lease: &Option<Lease>| lease.map(|lease| lease.until);
        (check.key.attempt, check.state, check.state_since, check.created_at, check.due_at).hash(&mut hasher);
        (check.person.is_some(), check.requisition.is_some(), check.template.is_some()).hash(&mut hasher);
        (lease(&check.lease), check.create.begun, check.create.last_at, &check.request).hash(&mut hasher);
        (check.request_updated_at, check.cancel, check.cancel_unconfirmed, lease(&check.showing)).hash(&mut hasher);
        (check.moved_to.is_some(), check.attachment_settled, check.gone_from_ats).hash(&mut hasher);
        check.refusal.as_ref().map(|refusal| refusal.debug_message()).hash(&mut hasher);
        check.shown.as_ref().map(ToString::to_string).hash(&mut hasher);
        match &check.row {
            Row::Absent => 0.hash(&mut hasher),
            Row::Intended => 1.hash(&mut hasher),
            Row::Entry(entry) => entry.hash(&mut hasher),
        }
        check.history.len().hash(&mut hasher);
        let fingerprint = hasher.finish();
        Self { check: Arc::new(check), fingerprint }
    }

    pub(crate) fn attempt(&self) -> u32 {
        self.check.key.attempt
    }
}

impl PartialEq for Snap {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl Hash for Snap {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.fingerprint.hash(hasher);
    }
}

impl std::fmt::Debug for Snap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let check = &self.check;
        write!(
            f,
            "#{} v{} {:?} begun={} lease={:?} due={:?} request={:?} cancel={:?}{} refusal={:?} row={:?} shown={}",
            check.key.attempt,
            check.version,
            check.state,
            check.create.begun,
            check.lease.map(|lease| crate::moments::offset(lease.until)),
            check.due_at.map(crate::moments::offset),
            check.request.as_ref().map(|id| id.as_str()),
            check.cancel,
            if check.cancel_unconfirmed { " unconfirmed" } else { "" },
            check.refusal.as_ref().map(|refusal| refusal.debug_message()),
            check.row,
            check.shown.is_some(),
        )
    }
}
