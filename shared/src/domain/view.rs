//! What the recruiter should see in iCIMS: a projection of the check and of what Crosschq just reported.

use super::{Check, CheckKey, Digest, Link, ReferenceRequest, State, Timestamp};

/// The row's status, in iCIMS' four words (docs/vendors/icims.md §4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowStatus {
    /// The request went out.
    Sent,
    InProgress,
    /// The report is there.
    Complete,
    /// It ended without a report.
    Incomplete,
}

/// The row on the Screen tab, before it is cut to the field lengths.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    pub status: RowStatus,
    /// Since when the check stands where it stands.
    pub date: Timestamp,
    pub result: String,
    /// One sentence: what happens next, or what to fix.
    pub notes: String,
    /// Which check the row belongs to: written behind the sentence, and the row is found again by it.
    pub marker: RowMarker,
    pub url: Option<Link>,
    pub score: Option<f64>,
}

/// Tells a check's row from all others on the workflow: `Ref 13437-2` is the second attempt's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RowMarker(String);

impl RowMarker {
    /// The marker of a check.
    pub fn of(key: &CheckKey) -> Self {
        Self(format!("Ref {}-{}", key.workflow, key.attempt))
    }

    /// The text that stands in the row.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl View {
    /// What the workflow should show. `live` is what Crosschq just answered, where it was read.
    pub fn of(check: &Check, live: Option<&ReferenceRequest>) -> Self {
        let (status, result, notes) = match check.state() {
            State::Claimed => (
                RowStatus::Sent,
                "Ordered".to_owned(),
                "The order is taken; it goes out to Crosschq as soon as iCIMS and Crosschq answer.".to_owned(),
            ),
            State::OutcomeUnknown => (
                RowStatus::Sent,
                "Being confirmed".to_owned(),
                "The order was sent to Crosschq; its confirmation is awaited.".to_owned(),
            ),
            State::Requested => (RowStatus::Sent, "Sent".to_owned(), "Crosschq has invited the candidate.".to_owned()),
            State::CandidateInProgress => (
                RowStatus::InProgress,
                "Candidate has started".to_owned(),
                "The candidate is working on the request.".to_owned(),
            ),
            State::AwaitingReferences => (
                RowStatus::InProgress,
                counted(live, "Waiting for references"),
                "The candidate named references; Crosschq has asked them.".to_owned(),
            ),
            State::InProgress => {
                (RowStatus::InProgress, counted(live, "References coming in"), "References are coming in.".to_owned())
            }
            State::Completed => (RowStatus::Complete, completed(live), report_note(live)),
            State::Cancelled if check.is_cancel_unconfirmed() => (
                RowStatus::Incomplete,
                "Cancelled".to_owned(),
                "Crosschq offers no way to cancel from here: cancel the request in Crosschq.".to_owned(),
            ),
            State::Cancelled => {
                (RowStatus::Incomplete, "Cancelled".to_owned(), "The reference request was cancelled.".to_owned())
            }
            State::Declined => (
                RowStatus::Incomplete,
                "Declined".to_owned(),
                "The candidate declined the reference request.".to_owned(),
            ),
            State::Expired => {
                (RowStatus::Incomplete, "Expired".to_owned(), "The reference request expired.".to_owned())
            }
            State::Failed => (
                RowStatus::Incomplete,
                if check.request().is_some() { "Failed" } else { "Not sent" }.to_owned(),
                check.refusal().map_or_else(
                    || "Crosschq could not process the request: look at it in Crosschq.".to_owned(),
                    super::Refusal::user_message,
                ),
            ),
        };
        let notes = match live {
            _ if check.answers().cancel_refused_at.is_some() && check.is_open() => {
                "Crosschq refused to cancel this request: cancel it in Crosschq.".to_owned()
            }
            Some(live) if live.past_due && check.is_open() => {
                format!("{notes} A reference is past due.")
            }
            _ => notes,
        };
        Self {
            status,
            date: check.timing.state_since,
            result,
            notes,
            // iCIMS swallows a row that is as another one (docs/vendors/icims.md §4.3), as two orders within a minute
            // may end alike.
            marker: RowMarker::of(&check.key),
            url: live.and_then(|live| live.report.clone()),
            score: live.and_then(|live| live.score),
        }
    }

    /// The view's digest: equal digests show equal pictures.
    pub fn digest(&self) -> Digest {
        let text = format!(
            "{:?}\n{}\n{}\n{}\n{}\n{}\n{:?}",
            self.status,
            self.date.ms(),
            self.result,
            self.notes,
            self.marker.as_str(),
            self.url.as_ref().map_or("", Link::expose),
            self.score.map(f64::to_bits),
        );
        Digest::of(&text)
    }
}

fn counted(live: Option<&ReferenceRequest>, otherwise: &str) -> String {
    match live.map(|live| live.progress) {
        Some(progress) if progress.asked > 0 => {
            format!("{} of {} references in", progress.answered, progress.asked)
        }
        _ => otherwise.to_owned(),
    }
}

fn completed(live: Option<&ReferenceRequest>) -> String {
    let Some(live) = live else { return "Complete".to_owned() };
    let mut parts = vec!["Complete".to_owned()];
    if live.progress.asked > 0 {
        parts.push(format!("{} of {} references", live.progress.answered, live.progress.asked));
    }
    if let Some(risk) = live.fraud_risk {
        parts.push(format!("fraud risk {}", risk.as_str()));
    }
    parts.join(", ")
}

fn report_note(live: Option<&ReferenceRequest>) -> String {
    match live {
        Some(live) if live.report.is_none() => "Complete; the report is being prepared.",
        Some(live) if live.concluded_early => "The report is ready; it was concluded before all references answered.",
        _ => "The report is ready: open the link.",
    }
    .to_owned()
}
