//! A Crosschq template as the connector holds it: the configuration that an ATS tag stands for
//! (docs/vendors/crosschq.md §4). The Partner API knows surveys and counts, not templates, so we expand them ourselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AtsTag, Relationship, SurveyId};

/// Who is named as hiring manager.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HiringManagerRule {
    /// The requisition's hiring manager, if it has one with name and e-mail.
    #[default]
    FromRequisition,
    /// Nobody is named.
    None,
    /// Always this member of staff.
    Fixed { first_name: String, last_name: String, email: String },
}

/// A wish for one kind of reference, shown to the candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceNote {
    /// The kind of reference it is about; absent for "any".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relationship: Option<Relationship>,
    pub note: String,
}

/// When Crosschq may close the request without all references (docs/vendors/crosschq.md §3.1 L8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoConclude {
    /// The least number of references in all.
    pub min_total: u8,
    /// The least number of each kind.
    #[serde(default)]
    pub by_relationship: BTreeMap<Relationship, u8>,
    /// Days to wait; 0 concludes as soon as the numbers are reached.
    pub after_days: u16,
}

/// Which notifications go out and with what texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notifications {
    pub sms: bool,
    /// Tell the requester when a reference is late.
    pub past_due: bool,
    /// Tell the requester on completion.
    pub completed: bool,
    /// Own e-mail body to the candidate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_text: Option<String>,
    /// Own text message to the candidate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms_text: Option<String>,
}

impl Default for Notifications {
    fn default() -> Self {
        Self { sms: true, past_due: true, completed: false, email_text: None, sms_text: None }
    }
}

/// What an ATS tag stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its name; a requisition may carry the name instead of the tag.
    pub name: String,
    /// The tag that requisitions carry.
    pub tag: AtsTag,
    /// For the people who administer it.
    #[serde(default)]
    pub description: String,
    /// The title shown in the request; the requisition's title when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    pub survey: SurveyId,
    #[serde(default)]
    pub references: BTreeMap<Relationship, u8>,
    /// How many more of any kind the candidate chooses.
    #[serde(default)]
    pub any_references: u8,
    #[serde(default)]
    pub notes: Vec<ReferenceNote>,
    /// Who is named as hiring manager.
    #[serde(default)]
    pub hiring_manager: HiringManagerRule,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate_message: Option<String>,
    #[serde(default)]
    pub notifications: Notifications,
    /// Closing without all references.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_conclude: Option<AutoConclude>,
}

/// A template that cannot be used, and what to fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Nobody is asked for a reference.
    #[error("template {tag}: ask for at least one reference in `references` or `any_references`")]
    NoReferences { tag: AtsTag },
    /// A required text is empty.
    #[error("template {tag}: `{field}` is empty")]
    Empty { tag: AtsTag, field: &'static str },
    /// The fixed hiring manager cannot be mailed.
    #[error("template {tag}: `hiring_manager.fixed.email` is not an e-mail address")]
    HiringManagerEmail { tag: AtsTag },
}

impl Template {
    /// Checks what can be checked without asking Crosschq.
    ///
    /// # Errors
    /// The first [`TemplateError`] found.
    pub fn validate(&self) -> Result<(), TemplateError> {
        let tag = || self.tag.clone();
        if self.name.trim().is_empty() {
            return Err(TemplateError::Empty { tag: tag(), field: "name" });
        }
        if self.any_references == 0 && self.references.values().all(|&count| count == 0) {
            return Err(TemplateError::NoReferences { tag: tag() });
        }
        if let HiringManagerRule::Fixed { email, .. } = &self.hiring_manager
            && super::Email::parse(email).is_none()
        {
            return Err(TemplateError::HiringManagerEmail { tag: tag() });
        }
        Ok(())
    }

    /// Whether a requisition's value means this template: its tag or its name, trimmed, whatever the case.
    pub fn answers_to(&self, value: &str) -> bool {
        AtsTag::parse(value)
            .is_ok_and(|wanted| wanted == self.tag || AtsTag::parse(&self.name).is_ok_and(|name| wanted == name))
    }
}
