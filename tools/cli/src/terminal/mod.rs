//! What people see and are asked. Results go to standard output and nothing else does, so that `--output json` can be
//! piped; everything said on the way goes to standard error.

mod ask;
mod hidden;
pub(crate) mod input;
mod progress;
mod table;

use std::io::{IsTerminal as _, Write as _};

use clap::ValueEnum;
use console::style;
use serde::Serialize;

pub(crate) use ask::Secret;
pub(crate) use progress::Progress;
pub(crate) use table::Table;

use crate::failure::{CliError, Kind};

/// How results are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Tables for people.
    #[default]
    Table,
    /// One JSON document.
    Json,
}

/// A command's result: one JSON document, or tables of the same.
pub(crate) trait Report: Serialize {
    /// As tables, in the order in which they are printed.
    fn tables(&self) -> Vec<Table>;
}

/// Standard input, output and error. Colours follow `NO_COLOR`, `CLICOLOR` and whether anybody looks.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    output: Output,
    yes: bool,
}

impl Terminal {
    /// Prints as asked for; `yes` answers every confirmation.
    pub(crate) fn new(output: Output, yes: bool) -> Self {
        Self { output, yes }
    }

    /// Whether results are for programs.
    pub(crate) fn is_json(&self) -> bool {
        self.output == Output::Json
    }

    /// Prints a result on standard output.
    pub(crate) fn report(&self, report: &impl Report) -> Result<(), CliError> {
        let text = match self.output {
            Output::Json => json(report)?,
            Output::Table => report.tables().iter().map(Table::render).collect::<Vec<_>>().join("\n"),
        };
        self.print(&text)
    }

    /// Prints a result that people have been told of step by step: with `--output json` only.
    pub(crate) fn report_json(&self, report: &impl Serialize) -> Result<(), CliError> {
        if self.is_json() { self.print(&json(report)?) } else { Ok(()) }
    }

    /// Prints one JSON document on a line of its own: for results that come one by one (`watch`).
    pub(crate) fn line(&self, document: &impl Serialize) -> Result<(), CliError> {
        let text = serde_json::to_string(document)
            .map_err(|error| CliError::internal(format!("the result cannot be printed: {error}")))?;
        self.print(&text)
    }

    /// Prints a text on standard output as it is.
    pub(crate) fn print(&self, text: &str) -> Result<(), CliError> {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        let mut out = std::io::stdout().lock();
        match write!(out, "{text}{end}").and_then(|()| out.flush()) {
            // `connector … | head` closes the pipe when it has seen enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(|error| CliError::internal(format!("standard output: {error}"))),
        }
    }

    /// Says something on the way, on standard error.
    pub(crate) fn say(&self, text: impl AsRef<str>) {
        // Nothing can be done about a closed standard error.
        let _ = writeln!(std::io::stderr(), "{}", text.as_ref());
    }

    /// Says that a step went well.
    pub(crate) fn done(&self, text: impl AsRef<str>) {
        self.say(format!("{} {}", style("✓").green().for_stderr(), text.as_ref()));
    }

    /// Says that something is not as it should be, without stopping.
    pub(crate) fn warn(&self, text: impl AsRef<str>) {
        self.say(format!("{} {}", style("!").yellow().for_stderr(), text.as_ref()));
    }

    /// Prints why a command was not carried out.
    pub(crate) fn print_error(&self, error: &CliError) {
        if self.is_json() && !matches!(error.kind, Kind::Interrupted) {
            #[derive(Serialize)]
            struct ErrorReport<'a> {
                error: &'a str,
                #[serde(skip_serializing_if = "Option::is_none")]
                fix: Option<&'a str>,
                exit_code: u8,
            }
            let report =
                ErrorReport { error: &error.message, fix: error.fix.as_deref(), exit_code: error.kind.exit_code() };
            self.say(serde_json::to_string(&report).unwrap_or_else(|_| error.to_string()));
            return;
        }
        self.say(format!("{} {}", style("error:").red().bold().for_stderr(), error.message));
        if let Some(fix) = &error.fix {
            self.say(format!("  {} {fix}", style("fix:").bold().for_stderr()));
        }
    }

    /// Whether confirmations are skipped.
    pub(crate) fn assume_yes(&self) -> bool {
        self.yes
    }

    /// Whether somebody can be asked.
    pub(crate) fn is_attended(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }
}

fn json(report: &impl Serialize) -> Result<String, CliError> {
    serde_json::to_string_pretty(report)
        .map_err(|error| CliError::internal(format!("the result cannot be printed: {error}")))
}
