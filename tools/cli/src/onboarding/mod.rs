//! Bringing a customer in: what a person gives, what is made up, and what is handed to the two vendors, once.

pub(crate) mod generated;
pub(crate) mod handover;
pub(crate) mod prompt;
