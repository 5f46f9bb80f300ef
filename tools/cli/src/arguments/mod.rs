//! What can be asked: clap's definitions and nothing else. The help texts are recorded in `tests/help`.

pub(crate) mod check;
pub(crate) mod customer;
pub(crate) mod doctor;
pub(crate) mod erase;
pub(crate) mod event;
pub(crate) mod queue;
pub(crate) mod secrets;
pub(crate) mod template;
pub(crate) mod values;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::terminal::Output;

const EXAMPLES: &str = "\
Examples:
  connector customer add 1234 --icims-region us --trigger C38356   onboard; asks for secrets, hidden
  connector check show 1234/5678                    what happened, and what iCIMS shows
  connector queue status                            depth, age and dead letters
  connector --local customer list                   the same on a running `cargo demo --serve`

Exit codes: 0 done, 1 done but not as it should be, 2 wrong input, 3 not found, 4 changed by
somebody else or already there, 5 no or expired AWS credentials, 6 not permitted, 7 busy or out of
reach, 8 refused by iCIMS or Crosschq, 9 declined, 10 the stack is of another release, 70 unforeseen,
130 interrupted.";

/// Operates the iCIMS connector for Crosschq 360: onboard, see, repair.
#[derive(Debug, Parser)]
#[command(name = "connector", version, after_help = EXAMPLES, max_term_width = 110)]
#[command(propagate_version = false, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// For every command.
    #[command(flatten)]
    pub(crate) globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Globals {
    /// The deployed stack; its outputs name tables, queues and secrets.
    #[arg(long, global = true, env = "CONNECTOR_STACK", default_value = "crosschq-connector", value_name = "NAME")]
    pub(crate) stack: String,
    /// The stack (and region) of this environment in samconfig.toml, here or above, as `sam deploy` takes it.
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "stack")]
    pub(crate) config_env: Option<String>,
    /// Profile of the AWS configuration; the usual AWS variables and sign-ins work too.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// AWS region; else that of AWS_REGION, AWS_DEFAULT_REGION, samconfig.toml with --config-env, the profile.
    #[arg(long, global = true, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Work on a running `cargo demo --serve`; its AWS endpoint where not on the usual port.
    #[arg(
        long,
        global = true,
        env = "CONNECTOR_LOCAL",
        value_name = "URL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "http://127.0.0.1:9403",
        conflicts_with_all = ["profile", "region", "config_env"]
    )]
    pub(crate) local: Option<String>,
    /// How to print results: tables for people, one JSON document for programs.
    #[arg(long, global = true, value_enum, default_value_t = Output::Table, value_name = "FORMAT")]
    pub(crate) output: Output,
    /// Write even to a stack that was deployed from another release than this command line's.
    #[arg(long, global = true)]
    pub(crate) any_release: bool,
    /// Answer every confirmation with yes; choices take their default.
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
}

/// The nouns.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// iCIMS customers: their settings and secrets.
    #[command(subcommand)]
    Customer(customer::Verb),
    /// Templates: which survey and references a requisition's tag stands for.
    #[command(subcommand)]
    Template(template::Verb),
    /// Reference checks: what happened, and what to do about it.
    #[command(subcommand)]
    Check(check::Verb),
    /// The three queues and their dead letters.
    #[command(subcommand)]
    Queue(queue::Verb),
    /// Rotation of credentials, one at a time, both values live until confirmed.
    #[command(subcommand)]
    Secrets(secrets::Verb),
    /// Remove every trace of a person's ids at one customer.
    #[command(after_help = erase::EXAMPLES)]
    Erase(erase::Erase),
    /// Find drift of the deployed stack, failing functions, dead letters, broken customers.
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(doctor::Doctor),
    /// Event notifications: send one as iCIMS would.
    #[command(subcommand)]
    Event(event::Verb),
    /// Print the completions of a shell.
    #[command(
        after_help = "Example:\n  connector completions bash > ~/.local/share/bash-completion/completions/connector"
    )]
    Completions {
        /// For which shell.
        #[arg(value_enum)]
        shell: Shell,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn no_option_means_two_things() {
        Cli::command().debug_assert();
    }
}
