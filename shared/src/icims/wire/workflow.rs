//! A recruiting workflow (docs/vendors/icims.md §3.5).

use serde::Deserialize;

use super::node::{Node, ProfileLink};
use crate::domain::RecruitingWorkflow;
use crate::icims::lenient::Lenient;

/// What to ask for.
pub(in crate::icims) const FIELDS: [&str; 3] = ["status", "associatedprofile", "baseprofile"];

#[derive(Deserialize)]
pub(in crate::icims) struct Wire {
    #[serde(default)]
    status: Lenient<Node>,
    #[serde(default)]
    associatedprofile: Lenient<ProfileLink>,
    #[serde(default)]
    baseprofile: Lenient<ProfileLink>,
}

impl From<Wire> for RecruitingWorkflow {
    fn from(wire: Wire) -> Self {
        Self {
            status: wire.status.as_ref().and_then(|node| node.id.text()).and_then(|id| id.parse().ok()),
            person: wire.associatedprofile.as_ref().and_then(ProfileLink::profile_id),
            requisition: wire.baseprofile.as_ref().and_then(ProfileLink::profile_id),
        }
    }
}
