//! `connector secrets`

mod cancel;
mod confirm;
mod rotate;
mod status;

use crate::arguments::secrets::Verb;
use crate::failure::CliError;
use crate::session::Session;
use crate::terminal::Terminal;

/// Carries a verb out.
pub(crate) async fn carry_out(verb: &Verb, session: &Session, terminal: &Terminal) -> Result<(), CliError> {
    match verb {
        Verb::Rotate(args) => rotate::rotate(session, args, terminal).await,
        Verb::Confirm(args) => confirm::confirm(session, args, terminal).await,
        Verb::Cancel(args) => cancel::cancel(session, &args.customer, terminal).await,
        Verb::Status(args) => status::status(session, &args.customer, terminal).await,
    }
}
