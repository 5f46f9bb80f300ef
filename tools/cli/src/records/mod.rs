//! The customers table as operators see it: every record with its version, every write with its line in the audit log.
//!
//! | pk | sk | holds |
//! |---|---|---|
//! | `<customer>` | `settings`, `template#<tag>` | what the functions read, and `version` (N) |
//! | `audit#<customer>` | `<at, ms>#<random>` | one change: who, what; out of the functions' way |

pub(crate) mod audit;
pub(crate) mod customers;
pub(crate) mod diff;
mod write;

pub(crate) use write::{Change, write};

/// The version that a record was read with; it is written only over that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// There was no record.
    Absent,
    /// There was one that some other tool wrote, without a version.
    Unnumbered,
    Number(u64),
    /// One that holds what this release does not know, with its number if it has one: it is read, and may be removed, but
    /// writing over it would lose that.
    Newer(Option<u64>),
}

impl Version {
    /// The same of a record in which fields were passed over.
    #[must_use]
    fn newer(self) -> Self {
        match self {
            Self::Number(number) => Self::Newer(Some(number)),
            Self::Absent | Self::Unnumbered | Self::Newer(_) => Self::Newer(None),
        }
    }
}

/// A record as it was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored<T> {
    pub(crate) value: T,
    /// To write over it.
    pub(crate) version: Version,
}
