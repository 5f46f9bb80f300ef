//! `connector customer show --history`

use connector_core::domain::CustomerId;
use serde::Serialize;

use crate::failure::CliError;
use crate::records::audit::{self, Entry};
use crate::records::customers;
use crate::records::diff::Difference;
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

/// A customer's audit log.
#[derive(Serialize)]
struct History {
    customer: CustomerId,
    history: Vec<Line>,
}

/// One line of the audit log.
#[derive(Serialize)]
struct Line {
    at: String,
    by: String,
    action: String,
    changes: Vec<Difference>,
}

impl From<Entry> for Line {
    fn from(entry: Entry) -> Self {
        Self { at: entry.at.to_string(), by: entry.by, action: entry.action, changes: entry.changes }
    }
}

impl Report for History {
    fn tables(&self) -> Vec<Table> {
        vec![history_table(&self.history)]
    }
}

fn history_table(history: &[Line]) -> Table {
    let mut table = Table::new(["AT", "BY", "DID", "FIELD", "BEFORE", "AFTER"])
        .empty("nothing was changed by this command line yet");
    for line in history {
        let mut head = [line.at.clone(), line.by.clone(), line.action.clone()];
        if line.changes.is_empty() {
            let [at, by, action] = head.clone();
            table.row([&at, &by, &action, &"", &"", &""]);
        }
        for change in &line.changes {
            let (before, after) = change.texts();
            let [at, by, action] = std::mem::take(&mut head);
            table.row([&at, &by, &action, &change.field, &before, &after]);
        }
    }
    table
}

/// Shows who changed what, when.
///
/// # Errors
/// If there neither is nor was such a customer; else what AWS says.
pub(super) async fn show(session: &Session, id: &CustomerId, terminal: &Terminal) -> Result<(), CliError> {
    let log = audit::log(session, id).await?;
    if log.is_empty() {
        customers::load(session, id).await?;
    }
    terminal.report(&History { customer: id.clone(), history: log.into_iter().map(Line::from).collect() })
}
