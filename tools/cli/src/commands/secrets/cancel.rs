//! `connector secrets cancel`

use connector_core::domain::CustomerId;
use serde::Serialize;

use crate::failure::CliError;
use crate::records::audit::{self, Entry};
use crate::records::customers;
use crate::records::diff::Difference;
use crate::rotation::{Credential, Live};
use crate::secrets_document;
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

#[derive(Serialize)]
struct Cancelled {
    customer: String,
    /// Whose older value is in force again; empty if nothing was in rotation.
    back: Vec<Credential>,
}

impl Report for Cancelled {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::pairs().empty("nothing is in rotation; nothing was changed");
        for back in &self.back {
            table.row([&"back", &format!("the older value of {} is in force again", back.word())]);
        }
        if !self.back.is_empty() {
            let next =
                format!("the newer one is still accepted; end it with `connector secrets confirm {}`", self.customer);
            table.row([&"next", &next]);
        }
        vec![table]
    }
}

/// Puts the older version back in force; the newer stays accepted until that is confirmed, for it may be in use already.
///
/// # Errors
/// A conflict if it was put back already, or somebody rotates meanwhile.
pub(super) async fn cancel(session: &Session, customer: &CustomerId, terminal: &Terminal) -> Result<(), CliError> {
    customers::load(session, customer).await?;
    let live = Live::read(session, customer).await?;
    let rotating = live.rotating();
    let Some(previous) = live.previous_id.as_ref().filter(|_| !rotating.is_empty()) else {
        return terminal.report(&Cancelled { customer: customer.to_string(), back: Vec::new() });
    };
    if live.is_rolled_back() {
        return Err(CliError::conflict("the older value is in force again already")
            .fix(format!("end the newer one with `connector secrets confirm {customer}`, then rotate again")));
    }
    secrets_document::promote(session, customer, previous, &live.current.version).await?;
    let changed = rotating.iter().map(|credential| Difference::changed(format!("secret.{}", credential.key())));
    let entry = Entry::new(session, "secrets cancel", changed.collect()).await?;
    audit::record(session, customer, &entry).await?;
    terminal.report(&Cancelled { customer: customer.to_string(), back: rotating })
}
