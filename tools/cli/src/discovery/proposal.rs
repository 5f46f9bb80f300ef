//! A proposed value for a setting, and how certain it is.

use serde::Serialize;

/// A setting that can be proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Setting {
    /// `icims.statuses.trigger`.
    Trigger,
    /// `icims.statuses.rejected`.
    Rejected,
    /// `icims.statuses.withdrawn`.
    Withdrawn,
    /// `icims.template_field`.
    TemplateField,
}

/// How sure a proposal is: only what is sure is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Certainty {
    /// The platform's own words say so.
    Sure,
    /// It may be; a person who knows the platform should say.
    Maybe,
}

/// A value for a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Proposal {
    pub(crate) setting: Setting,
    /// The status to add, or the field.
    pub(crate) value: String,
    pub(crate) certainty: Certainty,
    pub(crate) why: String,
}
