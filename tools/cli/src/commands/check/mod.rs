//! `connector check`

mod cancel;
mod list;
mod reconcile;
mod request;
mod resend;
mod show;
mod timeline;
mod watch;

use crate::arguments::check::Verb;
use crate::failure::CliError;
use crate::session::Session;
use crate::terminal::Terminal;

/// Carries a verb out.
pub(crate) async fn carry_out(verb: &Verb, session: &Session, terminal: &Terminal) -> Result<(), CliError> {
    match verb {
        Verb::List(which) => list::list(session, which, terminal).await,
        Verb::Show(which) => show::show(session, which, terminal).await,
        Verb::Request { workflow } => request::request(session, workflow, terminal).await,
        Verb::Resend { check, remind } => resend::resend(session, check, *remind, terminal).await,
        Verb::Cancel { check } => cancel::cancel(session, check, terminal).await,
        Verb::Reconcile(which) => reconcile::reconcile(session, which, terminal).await,
        Verb::Watch(which) => watch::watch(session, which, terminal).await,
    }
}
