//! `connector customer disable`

use connector_core::domain::{Customer, CustomerId};
use serde::Serialize;

use crate::arguments::customer::{Disable, OpenChecks};
use crate::checks::cancel::{cancel_open, open_checks};
use crate::checks::label;
use crate::checks::operator_action::OperatorAction;
use crate::failure::CliError;
use crate::records::audit::Entry;
use crate::records::diff::{Difference, between};
use crate::records::{Change, customers, write};
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

const ACTION: &str = "customer disable";

/// How a customer stands now.
#[derive(Serialize)]
struct Switched {
    customer: CustomerId,
    enabled: bool,
    changed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_checks: Option<Open>,
}

/// What became of its open checks.
#[derive(Serialize)]
struct Open {
    /// How many there were.
    found: usize,
    /// `finish` or `cancel`.
    choice: &'static str,
    /// Those that are being cancelled.
    cancelled: Vec<String>,
}

impl Report for Switched {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::pairs();
        table.row([&"customer", &self.customer]);
        table.row([&"enabled", &if self.enabled { "yes" } else { "no" }]);
        if let Some(open) = &self.open_checks {
            let what = match open.choice {
                "cancel" => format!("{} found, {} being cancelled", open.found, open.cancelled.len()),
                _ => format!("{} found, left to finish", open.found),
            };
            table.row([&"open checks", &what]);
        }
        vec![table]
    }
}

/// Switches a customer off. Repeating it with `--open-checks cancel` goes on with what is still open.
pub(super) async fn disable(session: &Session, options: &Disable, terminal: &Terminal) -> Result<(), CliError> {
    let id = &options.customer;
    let loaded = customers::load(session, id).await?;
    let stored = loaded.settings()?;
    let mut customer = loaded.customer()?;
    let found = open_checks(session, &customer.id).await?.len();
    let choice = match (options.open_checks, found) {
        (Some(choice), _) => choice,
        (None, 0) => OpenChecks::Finish,
        (None, found) => {
            match terminal
                .choose(&format!("{found} checks are open: finish or cancel them?"), &["finish", "cancel"])
                .await?
            {
                "cancel" => OpenChecks::Cancel,
                _ => OpenChecks::Finish,
            }
        }
    };
    let changed = stored.value.enabled;
    if changed {
        let mut wanted = stored.value.clone();
        wanted.enabled = false;
        let mut changes = between("settings", Some(&stored.value), Some(&wanted))?;
        changes.push(Difference {
            field: "open checks".to_owned(),
            before: Some(found.to_string()),
            after: Some(word(choice).to_owned()),
        });
        let entry = Entry::new(session, ACTION, changes).await?;
        write(session, id, &[Change::PutSettings(Box::new(wanted.clone()), stored.version)], &entry).await?;
        customer.settings = wanted;
        terminal.done(format!("customer {id} is switched off; its events are answered and ignored within a minute"));
    } else {
        terminal.say(format!("customer {id} is switched off already"));
    }
    let cancelled = match choice {
        OpenChecks::Cancel => cancelled(session, terminal, &customer).await?,
        OpenChecks::Finish => Vec::new(),
    };
    let open_checks = Some(Open { found, choice: word(choice), cancelled });
    terminal.report(&Switched { customer: id.clone(), enabled: false, changed, open_checks })
}

/// After the switch, so that none can be ordered behind it; an order that is under way follows the mark. The log counts them
/// and names none: erasing a person must leave nothing there.
async fn cancelled(session: &Session, terminal: &Terminal, customer: &Customer) -> Result<Vec<String>, CliError> {
    let mut operator_action = OperatorAction::begin(session, &customer.id, ACTION).await?;
    let done = cancel_open(session, terminal, customer, &operator_action.correlation_id).await?;
    let keys: Vec<String> = done.marked.iter().chain(&done.cancelled).map(label).collect();
    if !keys.is_empty() {
        operator_action.note("checks cancelled", keys.len().to_string());
        operator_action.record().await?;
    }
    Ok(keys)
}

const fn word(choice: OpenChecks) -> &'static str {
    match choice {
        OpenChecks::Finish => "finish",
        OpenChecks::Cancel => "cancel",
    }
}
