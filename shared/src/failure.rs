//! The one failure type, by what the caller can do about it. `batch.rs` alone turns it into ack or retry, `http.rs`
//! alone into a status.

use std::time::Duration;

use crate::domain::Refusal;
use crate::ports::{AtsError, ProviderError};

/// The two systems that we stand between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Vendor {
    /// The applicant tracking system.
    Icims,
    /// The reference checker.
    Crosschq,
}

impl std::fmt::Display for Vendor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Icims => "iCIMS",
            Self::Crosschq => "Crosschq",
        })
    }
}

/// Why something was not done. The texts name fields, codes and ids; never values, bodies or people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It may work later: network, throttling, 5xx, held by another.
    #[error("try again: {why}")]
    Retry {
        /// Not before this span, if the other side said so or we know.
        after: Option<Duration>,
        /// What stood in the way.
        why: String,
    },
    /// It was understood and cannot be done until a person mends something.
    #[error("refused: {}", .0.debug_message())]
    Permanent(Refusal),
    /// It cannot be read, now or later.
    #[error("unreadable: {why}")]
    Poison {
        /// Which part, without its value.
        why: String,
    },
    /// It did not prove where it comes from.
    #[error("not authenticated: {why}")]
    Unauthenticated {
        /// Which proof failed, without its value.
        why: &'static str,
    },
    /// A create left and no answer came: look it up before doing it again.
    #[error("outcome unknown: {why}")]
    Unconfirmed {
        /// Not before this span.
        after: Duration,
        /// What happened to the answer.
        why: String,
    },
    /// A vendor refuses the customer's credentials: nothing works there until somebody gives us others.
    #[error("{vendor} refuses our credentials: {why}")]
    CredentialsRefused {
        /// Which vendor.
        vendor: Vendor,
        /// Where.
        why: &'static str,
    },
    /// Our bug or our configuration: somebody has to look.
    #[error("internal: {why}")]
    Internal {
        /// What is wrong.
        why: String,
    },
}

impl Failure {
    /// A [`Failure::Retry`] without a wish for when.
    pub fn retry(why: impl Into<String>) -> Self {
        Self::Retry { after: None, why: why.into() }
    }

    /// A [`Failure::Retry`] not before `after`.
    pub fn retry_after(after: Duration, why: impl Into<String>) -> Self {
        Self::Retry { after: Some(after), why: why.into() }
    }

    /// A [`Failure::Poison`].
    pub fn poison(why: impl Into<String>) -> Self {
        Self::Poison { why: why.into() }
    }

    /// A [`Failure::Internal`].
    pub fn internal(why: impl Into<String>) -> Self {
        Self::Internal { why: why.into() }
    }

    /// The class, for logs and metrics.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Retry { .. } => "retry",
            Self::Permanent(_) => "permanent",
            Self::Poison { .. } => "poison",
            Self::Unauthenticated { .. } => "unauthenticated",
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::CredentialsRefused { .. } => "credentials",
            Self::Internal { .. } => "internal",
        }
    }
}

/// What a flow did, if it did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The work is done, now or already before.
    Done(&'static str),
    /// Understood, and not for us.
    Ignored(&'static str),
}

impl From<AtsError> for Failure {
    fn from(error: AtsError) -> Self {
        match error {
            AtsError::NotFound => Self::Permanent(Refusal::GoneFromAts { what: "workflow".to_owned() }),
            AtsError::Refused { why } => Self::internal(format!("iCIMS refused: {why}")),
            AtsError::Unauthorized { why } => Self::CredentialsRefused { vendor: Vendor::Icims, why },
            AtsError::RateLimited { after } => Self::Retry { after, why: "iCIMS rate limit".to_owned() },
            AtsError::Unavailable { why } => Self::retry(format!("iCIMS: {why}")),
            AtsError::Misconfigured { why } => Self::internal(why),
            AtsError::Ours(failure) => failure,
        }
    }
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::NotFound => Self::internal("Crosschq does not know the request"),
            ProviderError::Refused { fields } => Self::Permanent(Refusal::Invalid { fields }),
            ProviderError::Unauthorized => Self::CredentialsRefused { vendor: Vendor::Crosschq, why: "the API" },
            ProviderError::RateLimited { after } => Self::Retry { after, why: "Crosschq rate limit".to_owned() },
            ProviderError::Unavailable { why } => Self::retry(format!("Crosschq: {why}")),
            ProviderError::Misconfigured { why } => Self::internal(why),
            ProviderError::Unsupported => Self::internal("this Crosschq does not offer that"),
            ProviderError::Ours(failure) => failure,
        }
    }
}
