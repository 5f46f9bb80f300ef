//! Why a document does not read as what it should be: which field, and what is wrong with it; never its value.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

/// A document that does not read as what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// The field, as a path into the document; empty for the whole.
    pub(super) field: String,
    pub(super) problem: Problem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    #[error("missing field `{0}`")]
    Missing(&'static str),
    #[error("unknown field `{field}`, expected {known}")]
    Unknown { field: String, known: String },
    #[error("must not be empty")]
    Empty,
    #[error("must be {0}")]
    Expected(String),
    /// A word that is none of those that the field may hold, as this release knows them.
    #[error("must be {0}")]
    UnknownWord(String),
    /// What the field's own type says.
    #[error("{0}")]
    Rule(String),
    #[error("cannot be read")]
    Unreadable,
}

impl Unreadable {
    pub(super) fn of(error: &serde_path_to_error::Error<Problem>) -> Self {
        let (path, problem) = (error.path(), error.inner().clone());
        let is_whole = path.iter().next().is_none();
        Self { field: if is_whole { String::new() } else { path.to_string() }, problem }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => write!(f, "{}", self.problem),
            field => write!(f, "{field}: {}", self.problem),
        }
    }
}

impl Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        // What is in quotes may be the value.
        let may_quote = message.contains(['"', '`', '\'']);
        if may_quote { Self::Unreadable } else { Self::Rule(message) }
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Expected(expected.to_string())
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Expected(expected.to_string())
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        if length == 0 { Self::Empty } else { Self::Expected(expected.to_string()) }
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::UnknownWord(one_of(expected))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::Unknown { field: field.to_owned(), known: one_of(expected) }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

fn one_of(names: &[&str]) -> String {
    format!("one of `{}`", names.join("`, `"))
}
