//! Bringing a customer in: what a person gives, what is made up, and what is handed to the two vendors, once.

pub mod generated;
pub mod handover;
pub mod prompt;
