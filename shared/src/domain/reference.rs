//! A reference request as Crosschq holds it, in our words.

use std::fmt;
use std::time::Duration;

use super::{Contact, RequestId, Timestamp};

/// How far a reference request has come (docs/vendors/crosschq.md §3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Sent to the candidate.
    Requested,
    /// The candidate opened it or answered the self survey.
    CandidateInProgress,
    /// The candidate named referees; none has answered.
    AwaitingReferences,
    /// At least one reference is in.
    InProgress,
    /// Finished; the report is, or will soon be, there.
    Completed,
    /// Stopped by us or by somebody in Crosschq.
    Cancelled,
    Declined,
    /// Nobody acted in time.
    Expired,
    /// Crosschq could not deliver or process it.
    Failed,
}

impl Stage {
    /// Whether Crosschq still asks for references.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::CandidateInProgress | Self::AwaitingReferences | Self::InProgress)
    }
}

/// How many references were asked for and how many are in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// References that are in.
    pub answered: u16,
    /// References asked for so far.
    pub asked: u16,
}

/// A link that opens a candidate's report, or fetches it: shown in iCIMS, never stored or logged by us.
#[derive(Clone, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// An `http(s)` link of at most 2,000 characters, or nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let web = text.starts_with("https://") || text.starts_with("http://");
        let clean = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        (web && clean && text.len() <= 2_000).then(|| Self(text.to_owned()))
    }

    /// The link itself, for the one place that sends or follows it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link(redacted)")
    }
}

/// The state of a reference request, read back from Crosschq (docs/vendors/crosschq.md §9.3).
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceRequest {
    /// Crosschq's id.
    pub id: RequestId,
    /// Our own id, if Crosschq echoes it.
    pub external_id: Option<String>,
    /// How far it has come.
    pub stage: Stage,
    /// Somebody is late; not a stage of its own.
    pub past_due: bool,
    /// Completed while some reference was still open.
    pub concluded_early: bool,
    pub progress: Progress,
    pub report: Option<Link>,
    /// The full report as PDF; a link that expires.
    pub full_pdf: Option<Link>,
    /// The report's score, if Crosschq tells one.
    pub score: Option<f64>,
    /// `low`, `medium` or `high`, if Crosschq tells it.
    pub fraud_risk: Option<FraudRisk>,
    /// When it was created, by Crosschq's clock.
    pub created_at: Option<Timestamp>,
    /// When Crosschq last changed it.
    pub updated_at: Option<Timestamp>,
    /// Whom it is about: used to recognize a request whose create reply was lost, and for nothing else.
    pub candidate: Contact,
    pub position: Option<String>,
}

impl ReferenceRequest {
    /// How far Crosschq's clock may be from ours.
    const CLOCKS_APART: Duration = Duration::from_secs(300);

    /// Whether it was certainly created before `moment`: what an order of that moment sent, it cannot be.
    pub fn is_older_than(&self, moment: Timestamp) -> bool {
        self.created_at.is_some_and(|created_at| created_at.after(Self::CLOCKS_APART) < moment)
    }
}

/// Crosschq's own estimate of how far the references can be trusted (docs/vendors/crosschq.md §3.1 L11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FraudRisk {
    /// Nothing found.
    Low,
    /// A warning.
    Medium,
    /// An alert.
    High,
}

impl FraudRisk {
    /// The word for the recruiter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}
