//! The statuses that a workflow entered (docs/vendors/icims.md §3.1): a field of the workflow by one account, a place
//! of its own by another, with keys in lower or camel case.

use serde::Deserialize;

use super::node::{Node, ProfileLink};
use super::row::read;
use super::workflow;
use crate::domain::{Entered, RecruitingWorkflow, Standing};
use crate::icims::lenient::{Lenient, Text};

/// What to ask for.
pub(in crate::icims) const FIELD: &str = "submittalstatuslog";

#[derive(Deserialize)]
pub(in crate::icims) struct Wire {
    #[serde(rename = "submittalstatuslog", default)]
    log: Lenient<Vec<Lenient<WireEntry>>>,
}

/// A workflow with its log.
#[derive(Deserialize)]
pub(in crate::icims) struct WithLog {
    #[serde(flatten)]
    workflow: workflow::Wire,
    #[serde(flatten)]
    log: Wire,
}

#[derive(Deserialize)]
struct WireEntry {
    #[serde(default)]
    status: Lenient<Node>,
    #[serde(alias = "updatedDate", default)]
    updateddate: Lenient<Text>,
    #[serde(alias = "updatedBy", default)]
    updatedby: Lenient<ProfileLink>,
}

impl WireEntry {
    fn entered(&self) -> Option<Entered> {
        Some(Entered {
            status: self.status.as_ref().and_then(|node| node.id.text()).and_then(|id| id.parse().ok()),
            at: read(self.updateddate.text()?)?,
            by: self.updatedby.as_ref().and_then(ProfileLink::profile_id),
        })
    }
}

impl Wire {
    /// The entries, latest first. None at all if one has no readable date: what is not dated cannot be put in order.
    pub(in crate::icims) fn entries(&self) -> Vec<Entered> {
        let log = self.log.as_ref().map(Vec::as_slice).unwrap_or_default();
        let entries: Option<Vec<Entered>> = log.iter().map(|entry| entry.as_ref()?.entered()).collect();
        let mut entries = entries.unwrap_or_default();
        // Dates are rounded to the minute: within one, the order is the answer's, turned round if it tells oldest first.
        if entries.first().zip(entries.last()).is_some_and(|(first, last)| first.at < last.at) {
            entries.reverse();
        }
        entries.sort_by_key(|entered| std::cmp::Reverse(entered.at));
        entries
    }
}

impl From<WithLog> for Standing {
    fn from(wire: WithLog) -> Self {
        let log = wire.log.entries();
        Self { workflow: RecruitingWorkflow::from(wire.workflow), log }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(json: &str) -> Standing {
        serde_json::from_str::<WithLog>(json).unwrap().into()
    }

    #[test]
    fn the_latest_entry_tells_since_when_and_by_whom() {
        let newest = r#"{"status":{"id":"C2"},"updateddate":"2025-01-15 02:30 PM","updatedby":{"id":95}}"#;
        let oldest = r#"{"status":{"id":"C1"},"updatedDate":"2025-01-15 09:05 AM"}"#;
        for log in [format!("{newest},{oldest}"), format!("{oldest},{newest}")] {
            let json =
                format!(r#"{{"status":{{"id":"C2"}},"associatedprofile":{{"id":7}},"submittalstatuslog":[{log}]}}"#);
            let standing = standing(&json);
            let entered = standing.entered().unwrap();
            assert_eq!(entered.at.to_string(), "2025-01-15T14:30:00Z");
            assert_eq!(entered.by.as_ref().map(|by| by.as_str()), Some("95"));
            assert_eq!(standing.workflow.person.as_ref().map(|person| person.as_str()), Some("7"));
            assert_eq!(standing.log.len(), 2);
        }
    }

    #[test]
    fn a_log_that_is_hidden_undated_or_of_another_status_tells_nothing() {
        for log in [
            "",
            r#","submittalstatuslog":7"#,
            r#","submittalstatuslog":[{"status":{"id":"C2"}}]"#,
            r#","submittalstatuslog":[{"status":{"id":"C2"},"updateddate":"15/01/2025"}]"#,
            r#","submittalstatuslog":[{"status":{"id":"C3"},"updateddate":"2025-01-15 02:30 PM"}]"#,
        ] {
            let json = format!(r#"{{"status":{{"id":"C2"}}{log}}}"#);
            assert_eq!(standing(&json).entered(), None, "{json}");
        }
    }
}
