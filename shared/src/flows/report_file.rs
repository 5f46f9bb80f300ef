//! The report PDF: fetched from Crosschq and put into the workflow's file field, once for each report.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::domain::{Actor, Attachment, Check, CorrelationId, Link, ReferenceRequest, State, Timestamp, What};
use crate::ports::{AtsError, ProviderError};

use super::sync::Screen;

/// How long after a report was issued its PDF is tried to be attached. The row, with the link, is there already: this is the
/// schedule's work, not the queue's.
const ATTACH_WITHIN: Duration = Duration::from_secs(86_400);
/// Bytes of a PDF's hash that are kept.
const KEPT: usize = 12;

/// Whether a completed request's PDF is to be attached: none was yet, or Crosschq has changed the request since, as it does
/// when a report is issued again (docs/vendors/crosschq.md §9.3).
pub(super) fn is_wanted(check: &Check, live: &ReferenceRequest) -> bool {
    check.state == State::Completed
        && live.stage == crate::domain::Stage::Completed
        && check.attachment.as_ref().is_none_or(|settled| live.updated_at > settled.updated_at)
}

/// What became of the PDF.
#[derive(Debug)]
pub(super) enum Attached {
    /// It is in the workflow, or was before.
    Done { digest: String, is_new: bool },
    /// It cannot be attached, now or later.
    Never(String),
    /// Later, perhaps.
    Later(&'static str),
}

/// Fetches the report PDF and attaches it, unless it is the one that was attached before.
pub(super) async fn attach(
    screen: &Screen<'_>,
    check: &Check,
    field: &str,
    link: &Link,
    live: &ReferenceRequest,
) -> Attached {
    let Screen { ats, provider, customer, pdf, .. } = *screen;
    // Another record of this process has one in memory.
    let Ok(_turn) = pdf.try_acquire() else { return Attached::Later("busy") };
    let later = |failure: crate::failure::Failure| {
        tracing::warn!(customer.id = %customer.id, workflow.id = %check.key.workflow, why = %failure,
            "the report PDF is attached later");
        Attached::Later(failure.class().as_str())
    };
    let pdf = match provider.fetch_pdf(customer, link).await {
        Ok(pdf) => pdf,
        // The link may have expired between reading it and following it: the next delivery reads a fresh one.
        Err(
            error @ (ProviderError::Unavailable { .. } | ProviderError::RateLimited { .. } | ProviderError::Ours(_)),
        ) => return later(error.into()),
        Err(error) => return Attached::Never(error.to_string()),
    };
    let digest: String = Sha256::digest(&pdf).iter().take(KEPT).map(|byte| format!("{byte:02x}")).collect();
    if check.attachment.as_ref().and_then(|settled| settled.digest.as_ref()) == Some(&digest) {
        return Attached::Done { digest, is_new: false };
    }
    let name = format!("crosschq-360-{}.pdf", live.id);
    match ats.attach_pdf(customer, &check.key.workflow, field, &name, pdf).await {
        Ok(()) => Attached::Done { digest, is_new: true },
        Err(AtsError::Refused { why }) => Attached::Never(why),
        Err(AtsError::NotFound) => {
            Attached::Never("the file field was not found, or the API user may not see it".to_owned())
        }
        Err(error) => later(error.into()),
    }
}

impl Attached {
    /// Whether it is to be tried again.
    pub(super) fn comes_later(&self) -> bool {
        matches!(self, Self::Later(_))
    }

    /// Lays it over a check.
    pub(super) fn record(
        &self,
        check: &mut Check,
        live: Option<&ReferenceRequest>,
        correlation_id: &CorrelationId,
        now: Timestamp,
    ) {
        let updated_at = live.and_then(|live| live.updated_at);
        let digest_before = check.attachment.take().and_then(|settled| settled.digest);
        let (digest, what) = match self {
            Self::Done { digest, is_new } => (Some(digest.clone()), is_new.then_some(What::Attached)),
            Self::Never(why) => (digest_before, Some(What::NotAttached { why: why.clone() })),
            Self::Later(class) if now.since(updated_at.unwrap_or(check.state_since)) > ATTACH_WITHIN => {
                (digest_before, Some(What::NotAttached { why: (*class).to_owned() }))
            }
            Self::Later(_) => {
                if digest_before.is_some() {
                    check.attachment = Some(Attachment { updated_at: None, digest: digest_before });
                }
                return;
            }
        };
        check.attachment = Some(Attachment { updated_at, digest });
        if let Some(what) = what {
            check.note(Actor::Updater, what, correlation_id, now);
        }
    }
}
