//! What can go wrong on the command line, by what the operator can do about it.

mod aws;
mod vendors;

use std::fmt;

pub(crate) use aws::explain;
pub(crate) use vendors::{explain_crosschq, explain_icims};

/// Which kind of trouble; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It was done, and what was looked at is not as it should be (`doctor`, `sync --check`, a failed verification).
    Findings,
    /// What was given cannot work: a field and its fix are named. Nothing was changed.
    Input,
    /// There is no such customer, template, check, message or stack.
    NotFound,
    /// Somebody else changed it meanwhile, or it already exists. Nothing was overwritten.
    Conflict,
    /// AWS does not know who we are: no credentials, or they have expired.
    Credentials,
    /// AWS knows who we are, and we may not.
    Denied,
    /// AWS or a vendor is too busy or not reachable: the same command may work later.
    Busy,
    /// iCIMS or Crosschq refuses what we ask of it.
    Vendor,
    /// The stack was deployed from another release than this command line's. Nothing was changed.
    OtherRelease,
    /// The operator said no, or there was nobody to ask.
    Declined,
    /// Ctrl-C.
    Interrupted,
    /// Something unforeseen.
    Internal,
}

impl Kind {
    /// The process's exit code. 2 is clap's, for a command line that makes no sense.
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::Findings => 1,
            Self::Input => 2,
            Self::NotFound => 3,
            Self::Conflict => 4,
            Self::Credentials => 5,
            Self::Denied => 6,
            Self::Busy => 7,
            Self::Vendor => 8,
            Self::Declined => 9,
            Self::OtherRelease => 10,
            Self::Internal => 70,
            Self::Interrupted => 130,
        }
    }
}

/// A command that was not, or not wholly, carried out: one sentence of what is wrong, one of how to correct it. Neither ever
/// holds a secret, a name, an address or a phone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CliError {
    /// What kind of trouble.
    pub(crate) kind: Kind,
    /// What is wrong, as a sentence without its full stop.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) fix: Option<String>,
}

impl CliError {
    /// Trouble of a kind.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), fix: None }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// What was given cannot work.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::new(Kind::Input, message)
    }

    /// There is no such thing.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, message)
    }

    /// Trouble of kind [`Kind::Findings`].
    pub(crate) fn findings(message: impl Into<String>) -> Self {
        Self::new(Kind::Findings, message)
    }

    /// Trouble of kind [`Kind::Conflict`].
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    /// Trouble of kind [`Kind::Busy`].
    pub(crate) fn busy(message: impl Into<String>) -> Self {
        Self::new(Kind::Busy, message)
    }

    /// Trouble of kind [`Kind::Vendor`].
    pub(crate) fn vendor(message: impl Into<String>) -> Self {
        Self::new(Kind::Vendor, message)
    }

    /// Trouble of kind [`Kind::Declined`].
    pub(crate) fn declined(message: impl Into<String>) -> Self {
        Self::new(Kind::Declined, message)
    }

    /// Trouble of kind [`Kind::OtherRelease`].
    pub(crate) fn other_release(message: impl Into<String>) -> Self {
        Self::new(Kind::OtherRelease, message).fix(
            "use the command line of that release, or deploy this one (docs/operations/upgrade.md); --any-release writes all \
             the same",
        )
    }

    /// Something unforeseen.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }

    /// AWS knows who we are, and we may not.
    fn denied(message: impl Into<String>) -> Self {
        Self::new(Kind::Denied, message).fix("have this action allowed for your role, or use a --profile that may")
    }

    /// AWS does not accept the operator's credentials.
    fn aws_credentials(message: impl Into<String>) -> Self {
        Self::new(Kind::Credentials, message).fix("sign in again (`aws sso login`), or use another --profile")
    }

    /// The same trouble, said with what it meant for the command.
    #[must_use]
    pub(crate) fn context(mut self, describe: impl FnOnce(&str) -> String) -> Self {
        self.message = describe(&self.message);
        self
    }

    /// Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self::new(Kind::Interrupted, "interrupted")
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(fix) = &self.fix {
            write!(f, "\n  fix: {fix}")?;
        }
        Ok(())
    }
}

impl std::error::Error for CliError {}
