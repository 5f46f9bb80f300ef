//! What the router knows about a call when it reaches its handler.

/// The organization that a call's key belongs to.
#[derive(Debug, Clone)]
pub(crate) struct OrgName(pub(crate) String);

/// Which of the two documented APIs a call came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    V1,
    V2,
}
