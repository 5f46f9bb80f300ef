//! `connector customer`

mod add;
mod disable;
mod discover;
mod edit;
mod enable;
mod history;
mod list;
mod new_settings;
mod remove;
mod show;

use crate::arguments::customer::Verb;
use crate::failure::CliError;
use crate::session::Session;
use crate::terminal::Terminal;

/// Carries a verb out.
pub(crate) async fn carry_out(verb: &Verb, session: &Session, terminal: &Terminal) -> Result<(), CliError> {
    match verb {
        Verb::Add(options) => add::add(session, options, terminal).await,
        Verb::Discover(args) => discover::discover(session, args, terminal).await,
        Verb::Show(options) => show::show(session, options, terminal).await,
        Verb::List => list::list(session, terminal).await,
        Verb::Edit(options) => edit::edit(session, options, terminal).await,
        Verb::Enable(options) => enable::enable(session, options, terminal).await,
        Verb::Disable(options) => disable::disable(session, options, terminal).await,
        Verb::Remove(options) => remove::remove(session, options, terminal).await,
    }
}
