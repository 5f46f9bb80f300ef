//! How far a cancellation has come.

use serde::{Deserialize, Serialize};

use crate::domain::{CancelReason, Rejection};

/// How far a cancellation has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelState {
    /// Nobody wants it cancelled.
    #[default]
    None,
    /// A rejection or withdrawal was reported, and the ATS has not confirmed it yet.
    Reported(Rejection),
    /// It is to be cancelled, or was.
    Wanted(CancelReason),
    /// It ended as cancelled, while Crosschq could not be reached about it or offers no way: a person has to cancel the
    /// request there.
    Unconfirmed(CancelReason),
}

impl CancelState {
    /// Why it is, or was, to be cancelled.
    pub fn reason(&self) -> Option<CancelReason> {
        match self {
            Self::None | Self::Reported(_) => None,
            Self::Wanted(reason) | Self::Unconfirmed(reason) => Some(*reason),
        }
    }

    pub(super) fn is_none(&self) -> bool {
        *self == Self::None
    }
}
