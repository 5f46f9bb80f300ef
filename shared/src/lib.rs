//! The iCIMS connector for Crosschq 360.
//!
//! `functions → flows → {domain, ports, failure}`; the adapters `icims`, `crosschq` and `aws` stand behind the ports
//! and are named only where a function wires itself.

#![expect(
    missing_docs,
    reason = "modules, types and functions have a doc comment; a field or variant only where its name leaves a question"
)]

pub mod aws;
pub mod batch;
pub mod crosschq;
pub mod domain;
pub mod failure;
pub mod flows;
pub mod http;
pub mod http_client;
mod http_exchange;
pub mod icims;
mod lenient;
pub mod outcome;
pub mod ports;
pub mod telemetry;
#[cfg(test)]
mod testing;
