//! iCIMS' JSON, read into our words and written from them. Every field may be absent (docs/vendors/icims.md §3.1,
//! §3.2).

pub(super) mod error;
pub(super) mod job;
pub(super) mod node;
pub(super) mod person;
pub(super) mod row;
pub(super) mod search;
pub(super) mod status_log;
pub(super) mod workflow;
