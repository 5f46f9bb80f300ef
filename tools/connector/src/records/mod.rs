//! The customers table as operators see it: every record with its version, every write with its line in the audit log.
//!
//! | pk | sk | holds |
//! |---|---|---|
//! | `<customer>` | `settings`, `template#<tag>` | what the functions read, and `version` (N) |
//! | `audit#<customer>` | `<at, ms>#<random>` | one change: who, what; out of the functions' way |

pub mod audit;
pub mod customers;
pub mod diff;
mod write;

pub use write::{Change, write};

/// The version that a record was read with; it is written only over that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// There was no record.
    Absent,
    /// There was one that some other tool wrote, without a version.
    Unnumbered,
    /// This one.
    Number(u64),
}

/// A record as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<T> {
    /// What it holds.
    pub value: T,
    /// To write over it.
    pub version: Version,
}
