//! What each command does: one folder a noun, one file a verb.

pub mod check;
pub mod completions;
pub mod customer;
pub mod doctor;
pub mod erase;
pub mod event;
pub mod queue;
pub mod secrets;
pub mod template;

use crate::arguments::{Cli, Command};
use crate::failure::CliError;
use crate::session::Session;
use crate::terminal::Terminal;

/// Carries the command out.
///
/// # Errors
/// [`CliError`], for the operator.
pub async fn carry_out(cli: &Cli, terminal: &Terminal) -> Result<(), CliError> {
    let open = || Session::open(&cli.globals);
    match &cli.command {
        Command::Customer(verb) => customer::carry_out(verb, &open().await?, terminal).await,
        Command::Template(verb) => template::carry_out(verb, &open().await?, terminal).await,
        Command::Doctor(arguments) => doctor::doctor(arguments, &open().await?, terminal).await,
        Command::Check(verb) => check::carry_out(verb, &open().await?, terminal).await,
        Command::Queue(verb) => queue::carry_out(verb, &open().await?, terminal).await,
        Command::Erase(erase) => erase::erase(&open().await?, erase, terminal).await,
        Command::Secrets(verb) => secrets::carry_out(verb, &open().await?, terminal).await,
        Command::Event(verb) => event::carry_out(verb, &open().await?, terminal).await,
        Command::Completions { shell } => completions::print(*shell),
    }
}
