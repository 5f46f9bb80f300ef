//! `connector doctor`

use serde::Serialize;

use crate::arguments::doctor::Doctor;
use crate::doctor::{self, Finding, Severity};
use crate::failure::CliError;
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

#[derive(Debug, Serialize)]
struct DoctorReport {
    stack: String,
    /// What was checked, e.g. `1 stack, 3 dead-letter queues`.
    checked: String,
    errors: usize,
    warnings: usize,
    findings: Vec<Finding>,
}

impl Report for DoctorReport {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(["", "WHERE", "WHAT"]);
        for finding in &self.findings {
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            table.row([&severity, &finding.subject, &finding.what]);
            if let Some(fix) = &finding.fix {
                table.row([&"", &"", &format!("fix: {fix}")]);
            }
        }
        vec![table]
    }
}

/// Compares the deployed stack with what this release expects.
///
/// # Errors
/// [`Kind::Findings`] if something is wrong; whatever keeps the stack from being found.
pub(super) async fn doctor(arguments: &Doctor, session: &Session, terminal: &Terminal) -> Result<(), CliError> {
    let found = doctor::check(arguments, session, terminal).await?;
    let report = DoctorReport {
        stack: session.stack().await?.name.clone(),
        checked: found.extent(),
        errors: found.count(Severity::Error),
        warnings: found.count(Severity::Warning),
        findings: found.sorted().into_iter().cloned().collect(),
    };
    if !report.findings.is_empty() || terminal.is_json() {
        terminal.report(&report)?;
    }
    let (errors, warnings) = (report.errors, report.warnings);
    let counted = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    if errors > 0 {
        let summary =
            format!("{} and {} in {}", counted(errors, "error"), counted(warnings, "warning"), report.checked);
        return Err(CliError::findings(summary).fix("follow the fix below each of them, then run this again"));
    }
    let warned = if warnings > 0 { format!(", {}", counted(warnings, "warning")) } else { String::new() };
    terminal.done(format!("stack {}: {}, as this release expects{warned}", report.stack, report.checked));
    Ok(())
}
