//! What the store holds: a real [`Check`], with a fingerprint of all that a flow can ever read of it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;

use connector_core::domain::Check;

use crate::moments::START;

/// A check as it was written, and what distinguishes it from another.
#[derive(Clone)]
pub(crate) struct Snap {
    pub(crate) check: Arc<Check>,
    fingerprint: u64,
}

impl Snap {
    /// Forgets the history and who wrote when: no flow reads either. The version is
    /// left out of the fingerprint: only whether it is still the store's can matter, and the state says that.
    pub(crate) fn of(check: &Check) -> Self {
        let check = check.clone().without_history();
        let mut plain = check.clone();
        (plain.version, plain.timing.updated_at) = (0, START);
        let mut hasher = Hashing(DefaultHasher::new());
        serde_json::to_writer(&mut hasher, &plain).unwrap();
        let fingerprint = hasher.0.finish();
        Self { check: Arc::new(check), fingerprint }
    }

    pub(crate) fn attempt(&self) -> u32 {
        self.check.key.attempt
    }
}

/// Hashes what is written to it.
struct Hashing(DefaultHasher);

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
            "#{} v{} {} {:?} begun={} due={:?} cancel={:?} row={:?} shown={}",
            check.key.attempt,
            check.version,
            check.state(),
            check.phase(),
            check.creates.begun,
            check.timing.due_at.map(crate::moments::offset),
            check.cancel(),
            check.sync.row,
            check.sync.digest.is_some(),
        )
    }
}
