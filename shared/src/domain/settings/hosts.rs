//! Where a customer's iCIMS and Crosschq are.

use serde::{Deserialize, Serialize};

use super::problem::SettingsError;

/// Where a customer's iCIMS lives (docs/vendors/icims.md §1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    Us,
    Eu,
    /// Canada; its API host is not published, so `hosts` must name it.
    Ca,
    /// Partner sandbox; its API host is not published, so `hosts` must name it.
    Sandbox,
}

/// The hosts and the token audience of one iCIMS region. Never derived from one another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hosts {
    /// Authorization server, e.g. `https://login.icims.com`.
    pub auth_base: String,
    /// API, e.g. `https://api.icims.com`.
    pub api_base: String,
    /// Token audience, slash included.
    #[serde(default = "default_audience")]
    pub audience: String,
}

impl Region {
    /// The published hosts of a region (docs/vendors/icims.md §1.1), where both are published.
    pub fn preset(self) -> Option<Hosts> {
        let hosts = |auth: &str, api: &str| Hosts {
            auth_base: auth.to_owned(),
            api_base: api.to_owned(),
            audience: default_audience(),
        };
        match self {
            Self::Us => Some(hosts("https://login.icims.com", "https://api.icims.com")),
            Self::Eu => Some(hosts("https://login.icims.eu", "https://api-eu.icims.com")),
            Self::Ca | Self::Sandbox => None,
        }
    }
}

/// A base URL must be https, unless it is on this machine (the local run).
pub(super) fn base_problem(field: &str, base: &str) -> Option<SettingsError> {
    let loopback = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        .iter()
        .any(|start| base.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])));
    let https = base.strip_prefix("https://").is_some_and(|host| {
        !host.is_empty()
            && !host.starts_with('/')
            && !host.contains(['@', '?', '#'])
            && !host.contains(char::is_whitespace)
    });
    (!https && !loopback)
        .then(|| SettingsError::new(field, "must be an https:// address without user, query or fragment"))
}

fn default_audience() -> String {
    "https://api.icims.com/v1/".to_owned()
}
