//! Whether this command line fits the stack's release: it writes only to a stack of its own.
//!
//! Functions read what a newer release wrote. The command line does not: it would drop or misread what it does not know,
//! and a person is there to fetch the right one (docs/operations/upgrade.md).

use super::Stack;
use crate::failure::CliError;
use crate::terminal::Terminal;

/// This command line's release.
const OWN: &str = env!("CARGO_PKG_VERSION");

/// What a command does with the records, secrets and queues of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// It leaves them as they are.
    Reads,
    /// It reads, and reports by itself how the stack differs from this release.
    Compares,
    /// It changes them.
    Writes,
}

/// What a command may do with a stack of another release.
#[derive(Debug)]
pub(super) struct ReleaseRule {
    pub(super) access: Access,
    /// The operator said that any release will do.
    pub(super) any: bool,
}

impl ReleaseRule {
    /// Warns about another release, or refuses it.
    ///
    /// # Errors
    /// If the command writes, and the stack is not of this release.
    pub(super) fn check(&self, stack: &Stack, terminal: &Terminal) -> Result<(), CliError> {
        let other = match stack.release.as_deref() {
            Some(OWN) => return Ok(()),
            Some(release) => format!("was deployed from release {release}"),
            None => "does not say which release it was deployed from".to_owned(),
        };
        let what = format!("stack {} {other}, and this command line is {OWN}", stack.name);
        match self.access {
            Access::Compares => {}
            Access::Writes if !self.any => return Err(CliError::other_release(format!("{what}; nothing was changed"))),
            Access::Writes | Access::Reads => terminal.warn(what),
        }
        Ok(())
    }
}
