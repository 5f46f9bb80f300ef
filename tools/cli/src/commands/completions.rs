//! `connector completions`

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use crate::arguments::Cli;
use crate::failure::CliError;

/// Prints a shell's completions.
pub(crate) fn print(shell: Shell) -> Result<(), CliError> {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "connector", &mut script);
    std::io::stdout().write_all(&script).map_err(|error| CliError::internal(format!("standard output: {error}")))
}
