//! What was found.

use serde::Serialize;

use crate::failure::{CliError, Kind};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Severity {
    /// Orders, updates or data are at risk.
    Error,
    /// It works, and is not as it should be.
    Warning,
    /// Worth knowing.
    Note,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// How bad it is.
    pub(crate) severity: Severity,
    /// Where, e.g. `table checks`.
    pub(crate) subject: String,
    /// What, as a sentence without its full stop.
    pub(crate) what: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fix: Option<String>,
}

/// The findings of all checks, and how much was checked.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    found: Vec<Finding>,
    checked: Vec<(&'static str, usize)>,
}

impl Findings {
    pub(super) fn add(&mut self, severity: Severity, subject: &str, what: impl Into<String>, fix: impl Into<String>) {
        let (what, fix) = (what.into(), fix.into());
        let fix = (!fix.is_empty()).then_some(fix);
        self.found.push(Finding { severity, subject: subject.to_owned(), what, fix });
    }

    /// Something that puts orders, updates or data at risk.
    pub(crate) fn error(&mut self, subject: &str, what: impl Into<String>, fix: impl Into<String>) {
        self.add(Severity::Error, subject, what, fix);
    }

    /// Something that is not as it should be.
    pub(crate) fn warning(&mut self, subject: &str, what: impl Into<String>, fix: impl Into<String>) {
        self.add(Severity::Warning, subject, what, fix);
    }

    /// Something worth knowing.
    pub(crate) fn note(&mut self, subject: &str, what: impl Into<String>) {
        self.add(Severity::Note, subject, what, "");
    }

    /// Something that could not be read: its condition is unknown, which is an error.
    pub(crate) fn unseen(&mut self, subject: &str, error: CliError) {
        let fix = error.fix.unwrap_or_default();
        let what = match error.kind {
            Kind::Denied => format!("cannot be checked: {}", error.message),
            _ => format!("could not be checked: {}", error.message),
        };
        self.add(Severity::Error, subject, what, fix);
    }

    /// Adds to the extent of the report.
    pub(crate) fn checked(&mut self, kind: &'static str, count: usize) {
        self.checked.push((kind, count));
    }

    /// Everything, the worst first.
    pub(crate) fn sorted(&self) -> Vec<&Finding> {
        let mut sorted: Vec<&Finding> = self.found.iter().collect();
        sorted.sort_by_key(|finding| finding.severity);
        sorted
    }

    /// How many are of a severity.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.found.iter().filter(|finding| finding.severity == severity).count()
    }

    /// `1 stack, 3 dead-letter queues, …`
    pub(crate) fn extent(&self) -> String {
        self.checked.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ")
    }
}
