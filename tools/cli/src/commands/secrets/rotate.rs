//! `connector secrets rotate`

use std::time::Duration;

use connector_core::aws::SECRETS_REFRESH_AT_MOST_EVERY;
use connector_core::domain::CustomerId;
use connector_core::ports::SecretSet;
use serde::Serialize;

use crate::arguments::secrets::Rotate;
use crate::failure::CliError;
use crate::records::audit::{self, Entry};
use crate::records::customers;
use crate::records::diff::Difference;
use crate::rotation::{self, Account, Credential, HandOver, Live};
use crate::secrets_document;
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

/// A read that was under way when the secret was written may end a little later.
const READ_UNDER_WAY: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Rotated {
    customer: String,
    credential: Credential,
    /// The version now in force.
    version: String,
    /// Who has to be given what follows; nobody for what never leaves us.
    #[serde(skip_serializing_if = "Option::is_none")]
    hand_over_to: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hand_over: Vec<HandOver>,
    next: String,
}

impl Report for Rotated {
    fn tables(&self) -> Vec<Table> {
        let mut tables = Vec::new();
        if let Some(to) = self.hand_over_to {
            let mut table = Table::pairs().title(format!("Hand over to {to}; this is shown once"));
            for HandOver { field, value } in &self.hand_over {
                table.row([field, &value]);
            }
            tables.push(table);
        }
        let mut next = Table::pairs();
        next.row([&"next", &self.next]);
        tables.push(next);
        tables
    }
}

/// Puts a new value in force, the old one staying accepted.
///
/// # Errors
/// A conflict while another rotation is not confirmed; a vendor's refusal of its new credential, with nothing changed.
pub(super) async fn rotate(session: &Session, args: &Rotate, terminal: &Terminal) -> Result<(), CliError> {
    let Rotate { customer, credential, secrets } = args;
    let record = customers::load(session, customer).await?;
    let whole = record.customer()?;
    let live = Live::read(session, customer).await?;
    live.check_is_free(customer)?;
    let given =
        rotation::prompt(*credential, customer, &whole.settings, &live.current, secrets.as_deref(), terminal).await?;
    let set = match given {
        Some(set) => set,
        None => rotation::made(*credential, customer, &whole.settings, &live.current)?,
    };
    if credential.is_theirs() {
        rotation::verify(session, *credential, &whole, &set).await?;
        terminal.done(format!("the new {} credential works", credential.word()));
    }
    if *credential == Credential::Crosschq {
        match rotation::confirm_account(session, &whole, &set, &live.current).await? {
            Account::Confirmed(request) => {
                terminal.done(format!("it belongs to the customer's Crosschq account: it reads request {request}"));
            }
            Account::Unconfirmed(why) => terminal
                .warn(format!("that the key belongs to the customer's Crosschq account could not be confirmed: {why}")),
        }
    }

    let version = put_in_force(session, customer, *credential, &live, &set, terminal).await?;
    let changed = vec![Difference::changed(format!("secret.{}", credential.key()))];
    let recorded = match Entry::new(session, "secrets rotate", changed).await {
        Ok(entry) => audit::record(session, customer, &entry).await,
        Err(error) => Err(error),
    };
    if credential.told_to().is_some() {
        terminal.say("waiting until every function would take it…");
        tokio::time::sleep(SECRETS_REFRESH_AT_MOST_EVERY + READ_UNDER_WAY).await;
    }
    let stack = session.stack().await?;
    terminal.report(&Rotated {
        customer: customer.to_string(),
        credential: *credential,
        version,
        hand_over_to: credential.told_to(),
        hand_over: rotation::hand_over(*credential, customer, stack, &set),
        next: next(*credential, customer),
    })?;
    // Told last: what has to be handed over must not be lost for it.
    recorded
}

/// Makes the set current over the version that was read.
///
/// A new token key has to be known to every function before the first of them signs with it: so it is accepted first,
/// in the place of the version before, and signs after a while. Of anything else the first use waits for us to tell it.
async fn put_in_force(
    session: &Session,
    customer: &CustomerId,
    credential: Credential,
    live: &Live,
    set: &SecretSet,
    terminal: &Terminal,
) -> Result<String, CliError> {
    if credential != Credential::TokenKey {
        let replaced = secrets_document::replace(session, customer, set, &live.current.version).await?;
        return Ok(replaced.current);
    }
    let version = secrets_document::put_pending(session, customer, set).await?;
    secrets_document::accept(session, customer, &version, live.previous_id.as_deref()).await?;
    terminal.say("the new key is accepted; waiting until every function knows it before it signs…");
    tokio::time::sleep(SECRETS_REFRESH_AT_MOST_EVERY + READ_UNDER_WAY).await;
    secrets_document::promote(session, customer, &version, &live.current.version).await?;
    secrets_document::take_stage_off(session, customer, secrets_document::Stage::Pending, &version).await?;
    Ok(version)
}

fn next(credential: Credential, customer: &CustomerId) -> String {
    let confirm = format!("`connector secrets confirm {customer}`");
    match credential {
        Credential::Icims | Credential::Crosschq => {
            format!("the functions use it within five minutes; then revoke the old one at the vendor, and {confirm}")
        }
        Credential::TokenKey => format!("nobody has to be told; after a day {confirm}"),
        Credential::PushOauth => {
            format!("once iCIMS has it, and a day after, {confirm}; until then the old one works too")
        }
        _ => format!("once it is in use there, {confirm}; until then the old one works too"),
    }
}
