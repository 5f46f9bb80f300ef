//! `connector secrets status`

use connector_core::domain::CustomerId;
use serde::Serialize;

use crate::failure::CliError;
use crate::records::customers;
use crate::rotation::{Credential, Live};
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

/// Where a credential stands.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    NotSet,
    Stable,
    InRotation,
    RolledBack,
}

#[derive(Debug, Serialize)]
struct Line {
    credential: Credential,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
}

#[derive(Debug, Serialize)]
struct Status {
    customer: String,
    credentials: Vec<Line>,
    /// Before then a confirmation would end a token that iCIMS may hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm_not_before: Option<String>,
}

impl Report for Status {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(["CREDENTIAL", "STATE", "SINCE"]);
        for line in &self.credentials {
            let state = match line.state {
                State::NotSet => "not set",
                State::Stable => "stable",
                State::InRotation => "in rotation: old and new accepted",
                State::RolledBack => "gone back: old in force, new accepted",
            };
            table.row([&line.credential.word(), &state, &line.since.clone().unwrap_or_default()]);
        }
        let mut tables = vec![table];
        if let Some(at) = &self.confirm_not_before {
            let mut note = Table::pairs();
            note.row([&"confirm not before", &format!("{at}: iCIMS may hold a token until then")]);
            tables.push(note);
        }
        tables
    }
}

/// Tells what is set and what is in rotation.
///
/// # Errors
/// If the customer or its secret is not there; else what AWS says.
pub(super) async fn status(session: &Session, customer: &CustomerId, terminal: &Terminal) -> Result<(), CliError> {
    let settings = customers::load(session, customer).await?.settings()?.value;
    let live = Live::read(session, customer).await?;
    let rotating = live.rotating();
    let credentials = Credential::ALL.into_iter().map(|credential| {
        let state = match (rotating.contains(&credential), live.is_rolled_back()) {
            (true, false) => State::InRotation,
            (true, true) => State::RolledBack,
            _ if credential.is_set(&live.current) => State::Stable,
            _ => State::NotSet,
        };
        let since = rotating.contains(&credential).then(|| live.since()).flatten();
        Line { credential, state, since: since.map(|since| since.to_string()) }
    });
    terminal.report(&Status {
        customer: customer.to_string(),
        credentials: credentials.collect(),
        confirm_not_before: live.tokens_until(&settings).map(|until| until.to_string()),
    })
}
