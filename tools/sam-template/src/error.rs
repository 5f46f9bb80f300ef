//! Why a template cannot be used.

/// Why a template could not be read, with the place in the template.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the names say it")]
pub enum TemplateError {
    #[error("cannot read {path}: {source}")]
    File { path: String, source: std::io::Error },
    /// Not YAML, or YAML that no template uses (aliases, several documents, non-text keys).
    #[error("not a template: {0}")]
    Yaml(String),
    /// A reference, condition or intrinsic function that cannot be evaluated.
    #[error("{place}: {problem}")]
    Resolve { place: String, problem: String },
    /// A resource, property or event that the local run does not implement.
    #[error("{place}: {problem} is not supported by the local run (tools/sam-template)")]
    Unknown { place: String, problem: String },
    /// A required property is missing, or a property has the wrong type.
    #[error("{place}: {problem}")]
    Invalid { place: String, problem: String },
}

impl TemplateError {
    pub(super) fn unknown(place: &str, what: &str) -> Self {
        Self::Unknown { place: place.to_owned(), problem: what.to_owned() }
    }

    pub(super) fn resolve(place: &str, problem: &str) -> Self {
        Self::Resolve { place: place.to_owned(), problem: problem.to_owned() }
    }

    pub(super) fn invalid(place: &str, problem: &str) -> Self {
        Self::Invalid { place: place.to_owned(), problem: problem.to_owned() }
    }
}
