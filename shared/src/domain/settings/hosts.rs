//! Where a customer's iCIMS and Crosschq are.

use serde::{Deserialize, Serialize};

use super::problem::SettingsError;
use crate::domain::base_url::parse_base_url;

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

/// The problem of a base URL, if it has one.
pub(super) fn base_problem(field: &str, base: &str) -> Option<SettingsError> {
    parse_base_url(base).err().map(|problem| SettingsError::new(field, problem.to_string()))
}

fn default_audience() -> String {
    "https://api.icims.com/v1/".to_owned()
}
