//! `connector customer …`

use clap::Subcommand;

/// What can be done with customers.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List the customers.
    #[command(after_help = "Example:\n  connector customer list --output json")]
    List,
}
