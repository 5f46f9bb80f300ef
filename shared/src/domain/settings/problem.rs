//! Settings that cannot work.

use std::fmt;

/// A setting that cannot work, with the fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {fix}")]
pub struct SettingsError {
    /// The field, as a path into the record.
    pub field: String,
    pub fix: String,
}

impl SettingsError {
    pub(super) fn new(field: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { field: field.into(), fix: fix.into() }
    }
}

/// Every setting of a record that cannot work; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidSettings(Vec<SettingsError>);

impl InvalidSettings {
    /// # Errors
    /// The problems, if there are any.
    pub(super) fn unless_empty(problems: Vec<SettingsError>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }

    /// In the order of the record's fields.
    pub fn problems(&self) -> &[SettingsError] {
        &self.0
    }
}

impl fmt::Display for InvalidSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&texts.join("; "))
    }
}

impl std::error::Error for InvalidSettings {}
