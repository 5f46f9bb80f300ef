//! `connector queue`

mod peek;
mod redrive;
mod status;

use crate::arguments::queue::Verb;
use crate::failure::CliError;
use crate::session::Session;
use crate::terminal::Terminal;

/// Carries a verb out.
pub(crate) async fn carry_out(verb: &Verb, session: &Session, terminal: &Terminal) -> Result<(), CliError> {
    match verb {
        Verb::Status(which) => status::status(session, *which, terminal).await,
        Verb::Peek(which) => peek::peek(session, which, terminal).await,
        Verb::Redrive(which) => redrive::redrive(session, which, terminal).await,
    }
}
