//! What iCIMS shows of a check, as far as we know: the row, the workflow's status, the report PDF.

use serde::{Deserialize, Serialize};

use super::phase::{Lease, Presence};
use crate::domain::{Digest, EntryId, StatusId, Timestamp};

/// What iCIMS shows of a check, as far as we know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IcimsSync {
    #[serde(default)]
    pub row: Row,
    /// What the row shows; absent while that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The delivery that writes to iCIMS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    #[serde(default, skip_serializing_if = "StatusMove::is_never")]
    pub status: StatusMove,
    /// The report PDF that was attached, or cannot be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Attachment>,
    /// Crosschq completed it more than a day ago and has given no report since: a person has to look.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub report_overdue: bool,
    /// Whether the ATS finds the workflow.
    #[serde(default, skip_serializing_if = "Presence::is_present")]
    pub workflow: Presence,
}

/// The check's row on the Screen tab.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// Never written.
    #[default]
    Absent,
    /// Its creation was begun; whether it exists must be looked up.
    CreatePending,
    Entry(EntryId),
}

/// What became of the report PDF.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// When Crosschq had last changed the request whose PDF this was; a later change may be a report issued again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// The SHA-256 of the PDF, shortened; absent where none could be attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// Our move of the workflow to a configured status.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusMove {
    /// It was never moved.
    #[default]
    Never,
    /// A move is under way, or was and nobody recorded what became of it.
    Pending {
        /// The status that it is meant to reach.
        target: StatusId,
        at: Timestamp,
        /// The target of the move before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<StatusId>,
    },
    /// The workflow was moved, or left where a recruiter had put it.
    Done {
        /// The status that it was meant to reach.
        target: StatusId,
        /// When the move began; absent where it was taken back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
}

impl StatusMove {
    fn is_never(&self) -> bool {
        *self == Self::Never
    }

    /// A move begins.
    pub(super) fn begin(&mut self, target: StatusId, at: Timestamp) {
        *self = Self::Pending { target, at, before: self.done().cloned() };
    }

    /// What became of the move to `target` is known.
    pub(super) fn resolve(&mut self, target: StatusId) {
        *self = Self::Done { target, at: self.began_at() };
    }

    /// The move was taken back: it is left alone from now on.
    pub(super) fn take_back(&mut self) {
        if let Self::Pending { target, .. } | Self::Done { target, .. } = std::mem::take(self) {
            *self = Self::Done { target, at: None };
        }
    }

    /// The target of the last move of which it is known what became of it.
    pub fn done(&self) -> Option<&StatusId> {
        match self {
            Self::Never => None,
            Self::Pending { before, .. } => before.as_ref(),
            Self::Done { target, .. } => Some(target),
        }
    }

    /// The target of a move of which it is not known what became of it.
    pub fn pending(&self) -> Option<&StatusId> {
        match self {
            Self::Pending { target, .. } => Some(target),
            Self::Never | Self::Done { .. } => None,
        }
    }

    /// When the last move began, unless it was taken back.
    pub fn began_at(&self) -> Option<Timestamp> {
        match self {
            Self::Never => None,
            Self::Pending { at, .. } => Some(*at),
            Self::Done { at, .. } => *at,
        }
    }
}
