//! `connector event`

mod sample;
mod send;

use crate::arguments::event::Verb;
use crate::failure::CliError;
use crate::session::Session;
use crate::terminal::Terminal;

/// Carries a verb out.
pub(crate) async fn carry_out(verb: &Verb, session: &Session, terminal: &Terminal) -> Result<(), CliError> {
    match verb {
        Verb::Send(args) => send::send(session, args, terminal).await,
    }
}
