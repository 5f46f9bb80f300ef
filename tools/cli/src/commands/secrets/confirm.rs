//! `connector secrets confirm`

use connector_core::aws::SECRETS_LIFETIME;
use connector_core::domain::Timestamp;
use serde::Serialize;
use time::OffsetDateTime;

use crate::arguments::secrets::Confirm;
use crate::failure::CliError;
use crate::records::audit::{self, Entry};
use crate::records::customers;
use crate::records::diff::Difference;
use crate::rotation::{Credential, Live};
use crate::secrets_document::{self, Stage};
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

#[derive(Serialize)]
struct Confirmed {
    customer: String,
    /// Whose other value ended; empty if nothing was in rotation.
    ended: Vec<Credential>,
    /// When the last function will have noticed.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_everywhere_at: Option<String>,
}

impl Report for Confirmed {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::pairs().empty("nothing is in rotation; nothing was changed");
        for ended in &self.ended {
            table.row([&"ended", &format!("the value of {} that is not in force", ended.word())]);
        }
        if let Some(at) = &self.refused_everywhere_at {
            table.row([&"refused everywhere", &format!("at {at}, when the last function has noticed")]);
        }
        vec![table]
    }
}

/// Ends the value that is not in force.
///
/// # Errors
/// [`Kind::Busy`] while iCIMS may hold a token that would die; a conflict if somebody rotates meanwhile.
pub(super) async fn confirm(session: &Session, args: &Confirm, terminal: &Terminal) -> Result<(), CliError> {
    let customer = &args.customer;
    let settings = customers::load(session, customer).await?.settings()?.value;
    let live = Live::read(session, customer).await?;
    let rotating = live.rotating();
    let Some(previous) = live.previous_id.as_ref().filter(|_| !rotating.is_empty()) else {
        return terminal.report(&Confirmed {
            customer: customer.to_string(),
            ended: Vec::new(),
            refused_everywhere_at: None,
        });
    };
    let now = Timestamp::from(OffsetDateTime::now_utc());
    if let Some(until) = live.tokens_until(&settings).filter(|until| now < *until && !args.now) {
        return Err(CliError::busy(format!(
            "iCIMS may hold a token until {until} that dies with the old value; its events would be refused"
        ))
        .fix("confirm after that, or with --now if iCIMS has fetched a token since it got the new value"));
    }
    let names: Vec<_> = rotating.iter().map(|credential| credential.word()).collect();
    let which = if live.is_rolled_back() { "newer" } else { "older" };
    terminal
        .confirm(&format!("End the {which} value of {}? Whoever still uses it is refused.", names.join(" and ")))
        .await?;
    secrets_document::take_stage_off(session, customer, Stage::Previous, previous).await?;
    let changed = rotating.iter().map(|credential| Difference::changed(format!("secret.{}", credential.key())));
    let entry = Entry::new(session, "secrets confirm", changed.collect()).await?;
    audit::record(session, customer, &entry).await?;
    terminal.report(&Confirmed {
        customer: customer.to_string(),
        ended: rotating,
        refused_everywhere_at: Some(now.after(SECRETS_LIFETIME).to_string()),
    })
}
