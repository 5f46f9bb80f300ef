//! What each command does: one folder a noun, one file a verb.

mod access;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod customer;
pub(crate) mod doctor;
pub(crate) mod erase;
pub(crate) mod event;
pub(crate) mod queue;
pub(crate) mod secrets;
pub(crate) mod template;

use crate::arguments::{Cli, Command};
use crate::failure::CliError;
use crate::session::Session;
use crate::terminal::Terminal;

/// Carries the command out.
pub(crate) async fn carry_out(cli: &Cli, terminal: &Terminal) -> Result<(), CliError> {
    let open = || Session::open(&cli.globals, cli.command.access(), terminal);
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
