//! The operators' command line: onboard a customer, see what happened to a candidate, repair what got stuck.
//!
//! It works with the operator's own AWS credentials on the resources of one deployed stack, and opens no endpoint of its
//! own. `arguments` says what can be asked, `commands` does it, one file a verb; `session` is AWS, `records` the
//! customers table with its audit log, `templates` what is checked before one is saved, `vendors` the two vendors, `terminal`
//! is what people see and are asked.

mod arguments;
mod assignments;
mod checks;
mod commands;
mod dead_letters;
mod discovery;
mod doctor;
mod editor;
mod failure;
mod onboarding;
mod pushes;
mod queues;
mod random;
mod records;
mod rotation;
mod secrets_document;
mod session;
mod settings_record;
mod templates;
mod terminal;
#[cfg(test)]
mod testing;
mod vendors;
mod verification;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::arguments::Cli;
use crate::terminal::Terminal;

/// The command line as clap has it, for the record of its help texts.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Parses the command line, carries it out, tells what happened, and says with which code to exit: 0 if all is well,
/// else the code of the kind of failure; clap's own 2 where the command line makes no sense.
pub async fn run(command_line: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(command_line) {
        Ok(cli) => cli,
        Err(message) => {
            // Help and version come this way too, on standard output and with code 0.
            let _ = message.print();
            return ExitCode::from(u8::try_from(message.exit_code()).unwrap_or(1));
        }
    };
    let terminal = Terminal::new(cli.globals.output, cli.globals.yes);
    let outcome = tokio::select! {
        outcome = commands::carry_out(&cli, &terminal) => outcome,
        _ = tokio::signal::ctrl_c() => Err(failure::CliError::interrupted()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal.print_error(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}
