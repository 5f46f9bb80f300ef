//! What several use cases share.

pub(super) mod commit;
pub(super) mod facts;
pub(super) mod job;
pub(super) mod memory;
pub(super) mod notify;
pub(super) mod recognize;
pub(super) mod schedule;
pub(super) mod span;
pub(super) mod standing;
pub(super) mod workers;
