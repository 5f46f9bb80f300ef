//! Crosschq: the client behind [`crate::ports::ReferenceProvider`], and what its callbacks look like.
//!
//! Every path, header, key and status word of Crosschq's lives in this folder or in the customer's settings
//! (docs/vendors/crosschq.md §9); nothing else of ours names one. What no tenant has confirmed yet is marked there.

mod client;
mod find;
mod fingerprint;
mod hosts;
pub mod inbound;
mod paths;
mod pdf;
mod retry_after;
mod session;
mod status_words;
mod transport;
mod wire;

#[cfg(test)]
mod tests;

pub use client::Crosschq;
pub use fingerprint::KeyedFingerprints;
