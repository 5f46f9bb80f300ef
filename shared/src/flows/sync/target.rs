//! What the three writers share: where they write, and what becomes of it.

use tokio::sync::Semaphore;

use super::super::support::job::Job;
use crate::domain::{Attachment, Check, Digest, EntryId, StatusId, StatusOutcome};
use crate::failure::{Failure, MANUAL};
use crate::ports::{Ats, AtsError, ReferenceProvider};

/// A workflow that is written to.
#[derive(Clone, Copy)]
pub(super) struct SyncTarget<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) ats: &'a dyn Ats,
    pub(super) provider: &'a dyn ReferenceProvider,
    /// Held while a report PDF is in memory.
    pub(super) pdf: &'a Semaphore,
    pub(super) check: &'a Check,
}

/// What became of a write.
pub(super) enum Written {
    /// The row is written; `entry` as far as iCIMS named it.
    Row { digest: Digest, entry: Option<EntryId> },
    /// The workflow's status is decided.
    Status { target: StatusId, outcome: StatusOutcome },
    /// The report PDF is dealt with.
    Report(Report),
    /// iCIMS refuses it: somebody has to change a setting.
    Refused { why: String },
    /// iCIMS answered 404 for the workflow.
    NotFound,
    /// Later, perhaps. `may_appear`: a row was being added, and may still appear.
    Failed { failure: Failure, may_appear: bool },
}

/// What became of the report PDF.
pub(super) enum Report {
    /// It is in the workflow now.
    Attached(Attachment),
    /// It was there before.
    Known(Attachment),
    /// It cannot be attached, now or later.
    NotAttached { attachment: Attachment, why: String },
    /// Later, perhaps; what is kept of the one before.
    Later(Option<Attachment>),
}

impl SyncTarget<'_> {
    /// What an error of iCIMS makes of a write of `what`.
    pub(super) fn failed(&self, what: &'static str, error: AtsError) -> Written {
        match error {
            AtsError::NotFound => {
                tracing::warn!(what, "the workflow is gone from iCIMS, or hidden from the API user");
                Written::NotFound
            }
            AtsError::Refused { why } => {
                tracing::error!(action = MANUAL, what, why, "iCIMS refuses what we write: manual action required");
                Written::Refused { why }
            }
            other => Written::Failed { failure: other.into(), may_appear: false },
        }
    }
}
