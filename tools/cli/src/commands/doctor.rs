//! `connector doctor`

use serde::Serialize;

use crate::arguments::doctor::Doctor;
use crate::doctor::{self, Finding, Severity};
use crate::failure::{CliError, Kind};
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

#[derive(Debug, Serialize)]
struct Looked {
    stack: String,
    /// What was looked at, in words.
    looked_at: String,
    errors: usize,
    warnings: usize,
    findings: Vec<Finding>,
}

impl Report for Looked {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(["", "WHERE", "WHAT"]);
        for finding in &self.findings {
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            table.row([severity.to_owned(), finding.subject.clone(), finding.what.clone()]);
            if let Some(fix) = &finding.fix {
                table.row([String::new(), String::new(), format!("fix: {fix}")]);
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
    let found = doctor::look(arguments, session, terminal).await?;
    let looked = Looked {
        stack: session.stack().await?.name.clone(),
        looked_at: found.extent(),
        errors: found.count(Severity::Error),
        warnings: found.count(Severity::Warning),
        findings: found.sorted().into_iter().cloned().collect(),
    };
    if !looked.findings.is_empty() || terminal.is_json() {
        terminal.report(&looked)?;
    }
    let (errors, warnings) = (looked.errors, looked.warnings);
    let counted = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    if errors > 0 {
        let told = format!("{} and {} in {}", counted(errors, "error"), counted(warnings, "warning"), looked.looked_at);
        return Err(CliError::new(Kind::Findings, told).fix("do what stands below each of them, then look again"));
    }
    let beside = if warnings > 0 { format!(", {}", counted(warnings, "warning")) } else { String::new() };
    terminal.done(format!("stack {}: {} as this release expects them{beside}", looked.stack, looked.looked_at));
    Ok(())
}
