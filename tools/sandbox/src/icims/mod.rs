//! The fake iCIMS: token endpoint, Profiles, Workflows, Collections, Binary, Schema and Search APIs.

mod answer;
mod auth;
mod binary;
mod collections;
mod concurrency;
pub(crate) mod delivered;
pub(crate) mod edit;
pub(crate) mod fields;
pub(crate) mod model;
pub(crate) mod profile_type;
mod profiles;
pub(crate) mod render;
mod router;
mod schema;
mod search;
pub(crate) mod settings;
pub(crate) mod write;

pub(crate) use answer::{decorate, error_response};
pub(crate) use concurrency::Permit;
pub(crate) use router::router;
