//! The class of a failure: what stays of it in a check's history, in logs and metrics.

use serde::{Deserialize, Serialize};

/// How a failure is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// It may work later.
    Retry,
    /// A person has to fix something first.
    Permanent,
    /// It cannot be read.
    Poison,
    /// It did not prove where it comes from.
    Unauthenticated,
    /// Whether a create took effect is unknown.
    Unconfirmed,
    /// A vendor refuses the customer's credentials.
    Credentials,
    /// Our bug or our configuration.
    Internal,
    /// iCIMS does not find the workflow, the candidate or the requisition, which may only be late.
    Missing,
}

impl FailureClass {
    /// The word in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Permanent => "permanent",
            Self::Poison => "poison",
            Self::Unauthenticated => "unauthenticated",
            Self::Unconfirmed => "unconfirmed",
            Self::Credentials => "credentials",
            Self::Internal => "internal",
            Self::Missing => "missing",
        }
    }
}
