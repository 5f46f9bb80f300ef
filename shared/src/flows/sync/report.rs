//! The report PDF: fetched from Crosschq and put into the workflow's file field, once for each report.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::target::{Report, SyncTarget, Written};
use crate::domain::{Attachment, Check, Link, ReferenceRequest, Stage, State, Timestamp};
use crate::failure::Failure;
use crate::ports::{AtsError, ProviderError};

/// How long after a report was issued its PDF is tried to be attached. The row, with the link, is there already: this is the
/// schedule's work, not the queue's.
const ATTACH_WITHIN: Duration = Duration::from_secs(86_400);
/// Bytes of a PDF's hash that are kept.
const KEPT: usize = 12;

/// The PDF to be attached, and the field for it.
pub(super) struct ReportTask {
    pub(super) link: Link,
    pub(super) field: String,
    pub(super) request: ReferenceRequest,
    /// When it was planned.
    pub(super) now: Timestamp,
}

/// Whether a completed request's PDF is to be attached: none was yet, or Crosschq has changed the request since, as it does
/// when a report is issued again (docs/vendors/crosschq.md §9.3).
pub(super) fn is_wanted(check: &Check, live: &ReferenceRequest) -> bool {
    check.state() == State::Completed
        && live.stage == Stage::Completed
        && check.sync.report.as_ref().is_none_or(|settled| live.updated_at > settled.updated_at)
}

/// Fetches the report PDF and attaches it, unless it is the one that was attached before.
pub(super) async fn write(at: &SyncTarget<'_>, task: &ReportTask) -> Written {
    let updated_at = task.request.updated_at;
    let before = at.check.sync.report.as_ref().and_then(|settled| settled.digest.clone());
    Written::Report(match attach(at, task, before.as_deref()).await {
        Ok((digest, true)) => Report::Attached(Attachment { updated_at, digest: Some(digest) }),
        Ok((digest, false)) => Report::Known(Attachment { updated_at, digest: Some(digest) }),
        Err(NotAttached::Never(why)) => {
            Report::NotAttached { attachment: Attachment { updated_at, digest: before }, why }
        }
        Err(NotAttached::Later(class))
            if task.now.since(updated_at.unwrap_or(at.check.timing.state_since)) > ATTACH_WITHIN =>
        {
            Report::NotAttached { attachment: Attachment { updated_at, digest: before }, why: class.to_owned() }
        }
        Err(NotAttached::Later(_)) => {
            Report::Later(before.map(|digest| Attachment { updated_at: None, digest: Some(digest) }))
        }
    })
}

enum NotAttached {
    Never(String),
    Later(&'static str),
}

/// The digest of the PDF that is in the workflow now, and whether it was not before.
async fn attach(at: &SyncTarget<'_>, task: &ReportTask, before: Option<&str>) -> Result<(String, bool), NotAttached> {
    let (customer, workflow) = (at.job.customer, &at.check.key.workflow);
    // Another record of this process has one in memory.
    let Ok(_turn) = at.pdf.try_acquire() else { return Err(NotAttached::Later("busy")) };
    let later = |failure: Failure| {
        tracing::warn!(why = %failure,
            "the report PDF is attached later");
        NotAttached::Later(failure.class().as_str())
    };
    let pdf = match at.provider.fetch_pdf(customer, &task.link).await {
        Ok(pdf) => pdf,
        // The link may have expired between reading it and following it: the next delivery reads a fresh one.
        Err(
            error @ (ProviderError::Unavailable { .. } | ProviderError::RateLimited { .. } | ProviderError::Ours(_)),
        ) => return Err(later(error.into())),
        Err(error) => return Err(NotAttached::Never(error.to_string())),
    };
    let digest: String = Sha256::digest(&pdf).iter().take(KEPT).map(|byte| format!("{byte:02x}")).collect();
    if before == Some(&digest) {
        return Ok((digest, false));
    }
    let name = format!("crosschq-360-{}.pdf", task.request.id);
    match at.ats.attach_pdf(customer, workflow, &task.field, &name, pdf).await {
        Ok(()) => Ok((digest, true)),
        Err(AtsError::Refused { why }) => Err(NotAttached::Never(why)),
        Err(AtsError::NotFound) => {
            Err(NotAttached::Never("the file field was not found, or the API user may not see it".to_owned()))
        }
        Err(error) => Err(later(error.into())),
    }
}
