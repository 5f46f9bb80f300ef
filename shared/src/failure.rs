//! The one failure type, by what the caller can do about it. `batch.rs` alone turns it into ack or retry, `http.rs`
//! alone into a status.

use std::time::Duration;

use crate::domain::{FailureClass, Refusal};
pub use crate::outcome::Outcome;

/// What field `action` of a log line says where only a person can go on. An alarm counts these lines: see
/// `docs/logging.md`.
pub const MANUAL: &str = "manual";

/// The two systems that we stand between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Vendor {
    Icims,
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

/// Where a vendor refuses a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedAt {
    /// The token endpoint does not accept the client.
    TokenEndpoint,
    /// The token endpoint knows the client, and forbids it this audience.
    TokenScope,
    /// The API does not accept the credential.
    Api,
    /// The API accepts the credential, and forbids this call to its user.
    Forbidden,
    /// Nowhere this time: it was refused a short while ago, and the call was not made.
    Remembered,
}

impl std::fmt::Display for RefusedAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TokenEndpoint => "token endpoint",
            Self::TokenScope => "token endpoint: access forbidden",
            Self::Api => "API",
            Self::Forbidden => "API: access forbidden",
            Self::Remembered => "a short while ago",
        })
    }
}

/// What an internal failure comes from, by who can correct it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// AWS knows who we are, and does not permit the operation.
    AccessDenied,
    AwsCredentials,
    /// AWS refuses the operation for another reason.
    Aws,
    /// A vendor refuses what we send; the message names codes and fields.
    Vendor(Vendor),
    /// A customer's settings or secrets, or a function's environment.
    Settings,
    Record,
    Bug,
}

/// Why something was not done. The texts name fields, codes and ids; never values, bodies or people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It may work later: network, throttling, 5xx, held by another.
    #[error("try again: {why}")]
    Retry {
        /// Not before this span, if the other side said so or we know.
        after: Option<Duration>,
        why: String,
    },
    /// It was understood and cannot be done until a person mends something.
    #[error("refused: {}", .0.debug_message())]
    Permanent(Refusal),
    /// It cannot be read, now or later.
    #[error("unreadable: {why}")]
    Poison { why: String },
    /// It was compressed, and something on the way took it for text: what was in it is lost. Only the sender can help, by
    /// not compressing.
    #[error("a compressed body arrived damaged")]
    DamagedBody,
    /// It did not prove where it comes from.
    #[error("not authenticated: {why}")]
    Unauthenticated {
        /// Which proof failed, without its value.
        why: &'static str,
    },
    /// The secret segment of its path is none of ours: answered like any unknown path.
    #[error("unknown path")]
    UnknownPath,
    /// A create left and no answer came: look it up before doing it again.
    #[error("outcome unknown: {why}")]
    Unconfirmed { after: Duration, why: String },
    /// A vendor refuses the customer's credentials: nothing works there until somebody gives us others.
    #[error("{vendor} refuses our credentials: {at}")]
    CredentialsRefused { vendor: Vendor, at: RefusedAt },
    /// Our bug or our configuration: somebody has to look.
    #[error("internal: {why}")]
    Internal { cause: Cause, why: String },
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

    /// A [`Failure::Internal`] that only a change of our code can correct.
    pub fn bug(why: impl Into<String>) -> Self {
        Self::internal(Cause::Bug, why)
    }

    /// A [`Failure::Internal`].
    pub fn internal(cause: Cause, why: impl Into<String>) -> Self {
        Self::Internal { cause, why: why.into() }
    }

    /// The class, for logs and metrics.
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Retry { .. } => FailureClass::Retry,
            Self::Permanent(_) => FailureClass::Permanent,
            Self::Poison { .. } | Self::DamagedBody => FailureClass::Poison,
            Self::Unauthenticated { .. } | Self::UnknownPath => FailureClass::Unauthenticated,
            Self::Unconfirmed { .. } => FailureClass::Unconfirmed,
            Self::CredentialsRefused { .. } => FailureClass::Credentials,
            Self::Internal { .. } => FailureClass::Internal,
        }
    }
}
