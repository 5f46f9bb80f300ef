//! `connector customer enable`

use connector_core::domain::CustomerId;
use serde::Serialize;

use super::edit::{outcome, verified};
use crate::arguments::customer::Enable;
use crate::failure::CliError;
use crate::records::audit::Entry;
use crate::records::diff::between;
use crate::records::{Change, customers, write};
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};
use crate::verification::Verification;

/// How a customer stands now.
#[derive(Serialize)]
struct Enabled {
    customer: CustomerId,
    enabled: bool,
    changed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<Verification>,
}

impl Report for Enabled {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::pairs();
        table.row([&"customer", &self.customer]);
        table.row([&"enabled", &"yes"]);
        vec![table]
    }
}

/// Switches a customer on.
///
/// # Errors
/// What does not verify; it stays off then.
pub(super) async fn enable(session: &Session, options: &Enable, terminal: &Terminal) -> Result<(), CliError> {
    let id = &options.customer;
    let stored = customers::load(session, id).await?.settings()?;
    if stored.value.enabled {
        terminal.say(format!("customer {id} is enabled already"));
        return terminal.report(&Enabled { customer: id.clone(), enabled: true, changed: false, verification: None });
    }
    let verification = verified(session, terminal, id, &stored.value, &options.verifying).await?;
    let mut wanted = stored.value.clone();
    wanted.enabled = true;
    let mut changes = between("settings", Some(&stored.value), Some(&wanted))?;
    changes.push(outcome(verification.as_ref()));
    let entry = Entry::new(session, "customer enable", changes).await?;
    write(session, id, &[Change::PutSettings(Box::new(wanted), stored.version)], &entry).await?;
    terminal.done(format!("customer {id} is enabled; its orders are taken within a minute"));
    terminal.report(&Enabled { customer: id.clone(), enabled: true, changed: true, verification })
}
