//! What a flow did, if it did not fail.

use std::fmt;

use crate::domain::IgnoreReason;

/// How a delivery ended well. Its text is the log's `what`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    OrderQueued,
    CancellationQueued,
    EventIgnored(IgnoreReason),
    EventRepeated,
    OtherEventType,
    Requested,
    AlreadyRequested,
    Refused,
    AwaitingCallback,
    CancelledBeforeCreate,
    CheckErased,
    EarlierCheckOpen,
    CandidateMovedOn,
    OrderRepeated,
    NoCheckForWorkflow,
    NotRejected,
    CheckEnded,
    CancelMarked,
    CancelDeferred,
    CancelRefused,
    Cancelled,
    NoCheckForRequest,
    DeferredByQuota,
    Synced,
    NothingToSync,
    Unchanged,
    LeftToSchedule,
}

impl Outcome {
    /// `done` or `ignored`: the word of logs and metrics.
    pub const fn class(self) -> &'static str {
        match self {
            Self::EventIgnored(_)
            | Self::EventRepeated
            | Self::OtherEventType
            | Self::CheckErased
            | Self::EarlierCheckOpen
            | Self::CandidateMovedOn
            | Self::OrderRepeated
            | Self::NoCheckForWorkflow
            | Self::NotRejected
            | Self::CheckEnded
            | Self::CancelDeferred
            | Self::NoCheckForRequest => "ignored",
            _ => "done",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EventIgnored(reason) => return reason.fmt(f),
            Self::OrderQueued => "order queued",
            Self::CancellationQueued => "cancellation queued",
            Self::EventRepeated => "the same event again",
            Self::OtherEventType => "an event type that is not for us",
            Self::Requested => "requested",
            Self::AlreadyRequested => "already requested",
            Self::Refused => "refused",
            Self::AwaitingCallback => "awaiting Crosschq's callback",
            Self::CancelledBeforeCreate => "cancelled before it was sent",
            Self::CheckErased => "the check was erased",
            Self::EarlierCheckOpen => "the check before it is open",
            Self::CandidateMovedOn => "the candidate has left the Crosschq status",
            Self::OrderRepeated => "the event of an order that was carried out came again",
            Self::NoCheckForWorkflow => "no check for this workflow",
            Self::NotRejected => "the candidate is not rejected",
            Self::CheckEnded => "the check has ended",
            Self::CancelMarked => "marked to be cancelled once it is created",
            Self::CancelDeferred => "Crosschq refused to cancel it: tried again later",
            Self::CancelRefused => "Crosschq refused to cancel it",
            Self::Cancelled => "cancelled",
            Self::NoCheckForRequest => "no check for this request",
            Self::DeferredByQuota => "synced later: the quota's reserve is kept",
            Self::Synced => "synced",
            Self::NothingToSync => "nothing to sync",
            Self::Unchanged => "nothing new",
            Self::LeftToSchedule => "left to the schedule",
        })
    }
}
