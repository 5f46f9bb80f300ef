//! The phases of a check: each holds what is known in it, and nothing else.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{Refusal, RequestId, Stage, State, Timestamp};

/// How far a check has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No request is known yet.
    Creating(Creating),
    /// Crosschq holds the request, and it can still move.
    Open { request: FollowedRequest, stage: OpenStage },
    /// Nothing more is to come. Without `request` it ended before one was known.
    Ended { end: End, request: Option<FollowedRequest> },
}

/// A request that is being created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creating {
    /// The delivery that carries the order out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// What is known of the creates that left.
    pub outcome: CreateOutcome,
    /// What the last create said of its candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
}

/// What is known of a create.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreateOutcome {
    /// None left, or nobody has given up on an answer yet.
    Pending,
    /// One left and no answer came.
    Unknown,
}

/// Somebody works on a side effect that must not run twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// After this moment the worker is dead, and what it did is unknown.
    pub until: Timestamp,
}

/// What a create said of its candidate and position, as keyed hashes: kept while the create's outcome is open, so that
/// its request can be recognized without keeping, or reading again, whom it is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Of the candidate's e-mail address.
    pub address: String,
    /// Of the position.
    pub position: String,
}

/// The stages at which a request can still move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenStage {
    Requested,
    CandidateInProgress,
    AwaitingReferences,
    InProgress,
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The report is, or will soon be, there.
    Completed,
    /// Stopped, by us or by somebody in Crosschq.
    Cancelled,
    Declined,
    /// Nobody acted in time.
    Expired,
    /// Crosschq could not process the request, or does not know it any more.
    Failed,
    /// The order could not be carried out.
    Refused(Refusal),
}

/// The request that a check follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowedRequest {
    /// Crosschq's id.
    pub id: RequestId,
    /// What Crosschq last answered about it.
    #[serde(flatten)]
    pub answers: RequestAnswers,
}

impl From<RequestId> for FollowedRequest {
    fn from(id: RequestId) -> Self {
        Self { id, answers: RequestAnswers::default() }
    }
}

/// What Crosschq last answered about a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestAnswers {
    /// When Crosschq last changed what we last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Whether Crosschq finds it.
    #[serde(default, skip_serializing_if = "Presence::is_present")]
    pub presence: Presence,
    /// When Crosschq last refused to cancel it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_refused_at: Option<Timestamp>,
}

/// Whether a vendor still finds something. It may be gone, or hidden from us for a while: one 404 proves nothing, only
/// hours of them are believed, and a later answer lifts the conclusion again (docs/vendors/icims.md §5.2,
/// docs/vendors/crosschq.md §9.4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// The last answer was no 404.
    #[default]
    Present,
    /// Not believed yet.
    Missing { since: Timestamp },
    /// Believed.
    Gone { since: Timestamp },
}

impl Presence {
    /// How long a vendor has to answer 404 before that is believed: it also means "no permission", and permissions are
    /// changed, and keys mixed up, for hours.
    pub const MISSING_FOR: Duration = Duration::from_secs(6 * 3600);

    /// After one more 404.
    #[must_use]
    pub fn after_404(self, now: Timestamp) -> Self {
        match self {
            Self::Present => Self::Missing { since: now },
            Self::Missing { since } if now.since(since) >= Self::MISSING_FOR => Self::Gone { since },
            other => other,
        }
    }

    /// Since when there were nothing but 404s.
    pub fn missing_since(self) -> Option<Timestamp> {
        match self {
            Self::Present => None,
            Self::Missing { since } | Self::Gone { since } => Some(since),
        }
    }

    /// Whether the last answer was no 404.
    pub fn is_present(&self) -> bool {
        *self == Self::Present
    }

    /// Whether the 404s are believed.
    pub fn is_gone(self) -> bool {
        matches!(self, Self::Gone { .. })
    }
}

impl Phase {
    /// The phase of a check whose request is at this stage.
    pub(super) fn at(stage: Stage, request: FollowedRequest) -> Self {
        let open = |request, stage| Self::Open { request, stage };
        let ended = |request, end| Self::Ended { end, request: Some(request) };
        match stage {
            Stage::Requested => open(request, OpenStage::Requested),
            Stage::CandidateInProgress => open(request, OpenStage::CandidateInProgress),
            Stage::AwaitingReferences => open(request, OpenStage::AwaitingReferences),
            Stage::InProgress => open(request, OpenStage::InProgress),
            Stage::Completed => ended(request, End::Completed),
            Stage::Cancelled => ended(request, End::Cancelled),
            Stage::Declined => ended(request, End::Declined),
            Stage::Expired => ended(request, End::Expired),
            Stage::Failed => ended(request, End::Failed),
        }
    }

    /// The request that is followed.
    pub fn request(&self) -> Option<&FollowedRequest> {
        match self {
            Self::Creating(_) => None,
            Self::Open { request, .. } => Some(request),
            Self::Ended { request, .. } => request.as_ref(),
        }
    }

    pub(super) fn request_mut(&mut self) -> Option<&mut FollowedRequest> {
        match self {
            Self::Creating(_) => None,
            Self::Open { request, .. } => Some(request),
            Self::Ended { request, .. } => request.as_mut(),
        }
    }
}

/// The word for a phase.
impl From<&Phase> for State {
    fn from(phase: &Phase) -> Self {
        match phase {
            Phase::Creating(Creating { outcome: CreateOutcome::Pending, .. }) => Self::Claimed,
            Phase::Creating(Creating { outcome: CreateOutcome::Unknown, .. }) => Self::OutcomeUnknown,
            Phase::Open { stage, .. } => match stage {
                OpenStage::Requested => Self::Requested,
                OpenStage::CandidateInProgress => Self::CandidateInProgress,
                OpenStage::AwaitingReferences => Self::AwaitingReferences,
                OpenStage::InProgress => Self::InProgress,
            },
            Phase::Ended { end, .. } => match end {
                End::Completed => Self::Completed,
                End::Cancelled => Self::Cancelled,
                End::Declined => Self::Declined,
                End::Expired => Self::Expired,
                End::Failed | End::Refused(_) => Self::Failed,
            },
        }
    }
}
