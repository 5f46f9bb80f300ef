//! `connector customer`

mod discover;
mod list;

use crate::arguments::customer::Verb;
use crate::failure::CliError;
use crate::session::Session;
use crate::terminal::Terminal;

/// Carries a verb out.
///
/// # Errors
/// [`CliError`], to be told to the operator.
pub async fn carry_out(verb: &Verb, session: &Session, terminal: &Terminal) -> Result<(), CliError> {
    match verb {
        Verb::Discover(args) => discover::discover(session, args, terminal).await,
        Verb::List => list::list(session, terminal).await,
    }
}
