//! `connector customer remove`

use aws_sdk_dynamodb::types::AttributeValue;
use connector_core::domain::{AtsTag, CustomerId};
use serde::Serialize;

use crate::arguments::customer::Remove;
use crate::checks::cancel::open_checks;
use crate::failure::{CliError, explain};
use crate::records::audit::Entry;
use crate::records::customers::{self, CustomerRecord};
use crate::records::diff::Difference;
use crate::records::{Change, write};
use crate::secrets_document;
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

const ACTION: &str = "customer remove";

/// Templates that go in one write, with room for the settings.
const AT_ONCE: usize = 90;

#[derive(Serialize)]
struct Removed {
    customer: CustomerId,
    settings: bool,
    templates: Vec<String>,
    secret: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_recoverable_for_days: Option<i64>,
    open_checks: usize,
}

impl Report for Removed {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::pairs();
        let yes = |there: bool| if there { "removed" } else { "was not there" }.to_owned();
        table.row([&"settings", &yes(self.settings)]);
        table.row([&"templates", &self.templates.join(", ")]);
        let secret = match self.secret_recoverable_for_days {
            Some(days) => format!("removed; can be restored for {days} days"),
            None => yes(self.secret),
        };
        table.row([&"secret", &secret]);
        table.row([&"open checks", &self.open_checks]);
        vec![table]
    }
}

/// Removes a customer. Repeating it goes on where it stopped.
///
/// # Errors
/// With checks open, unless forced; else what AWS says.
pub(super) async fn remove(session: &Session, options: &Remove, terminal: &Terminal) -> Result<(), CliError> {
    let id = &options.customer;
    let found = customers::find(session, id).await?;
    let has_secret = secrets_document::versions(session, id).await?.is_some();
    if found.is_none() && !has_secret {
        return Err(customers::load(session, id)
            .await
            .err()
            .unwrap_or_else(|| CliError::internal("it appeared just now")));
    }
    let open = open_checks(session, id).await?.len();
    if open > 0 && !options.force {
        return Err(CliError::input(format!("customer {id} has {open} open checks; nothing was removed")).fix(
            format!(
                "cancel them with `connector customer disable {id} --open-checks cancel`, or give --force: \
                          Crosschq goes on with them and iCIMS is not told"
            ),
        ));
    }
    confirm(terminal, id, open).await?;
    let templates = found.as_ref().map(|record| record.templates.keys().cloned().collect()).unwrap_or_default();
    let settings = found.as_ref().is_some_and(|record| record.settings.is_some());
    if let Some(record) = &found {
        remove_records(session, record, open).await?;
    }
    remove_token(session, id).await?;
    let secret = secrets_document::remove(session, id, options.recovery_days).await?;
    if found.is_none() && secret {
        let entry = Entry::new(session, ACTION, vec![removed("secret")]).await?;
        crate::records::audit::record(session, id, &entry).await?;
    }
    terminal.done(format!("customer {id} is removed; its audit log stays"));
    terminal.report(&Removed {
        customer: id.clone(),
        settings,
        templates,
        secret,
        secret_recoverable_for_days: secret.then_some(options.recovery_days),
        open_checks: open,
    })
}

async fn confirm(terminal: &Terminal, id: &CustomerId, open: usize) -> Result<(), CliError> {
    if terminal.assume_yes() {
        return Ok(());
    }
    let left = if open == 0 { String::new() } else { format!(" although {open} checks are open") };
    let answer =
        terminal.ask(&format!("type {id} to remove this customer with its templates and secret{left}:")).await?;
    if answer == id.as_str() {
        return Ok(());
    }
    Err(CliError::declined("not confirmed; nothing was removed"))
}

fn removed(what: impl Into<String>) -> Difference {
    Difference { field: what.into(), before: Some("there".to_owned()), after: None }
}

/// Templates first: with the last write the settings go, and with them the customer.
async fn remove_records(session: &Session, record: &CustomerRecord, open: usize) -> Result<(), CliError> {
    let mut templates = Vec::new();
    for (tag, stored) in &record.templates {
        let tag = AtsTag::try_from(tag.clone()).map_err(|_| {
            CliError::input(format!("the record template#{tag} has a tag that is none")).fix("delete that item by hand")
        })?;
        templates.push((tag, stored.version));
    }
    let first_writes = templates.len().saturating_sub(AT_ONCE);
    let (first, last) = templates.split_at(first_writes);
    let deletions = |templates: &[(AtsTag, crate::records::Version)]| {
        let changes = templates.iter().map(|(tag, version)| Change::DeleteTemplate(tag.clone(), *version));
        let message = templates.iter().map(|(tag, _)| removed(format!("template.{}", tag.as_str())));
        (changes.collect::<Vec<_>>(), message.collect::<Vec<_>>())
    };
    for part in first.chunks(AT_ONCE) {
        let (changes, message) = deletions(part);
        write(session, &record.id, &changes, &Entry::new(session, ACTION, message).await?).await?;
    }
    let (mut changes, mut message) = deletions(last);
    if let Some(settings) = &record.settings {
        changes.push(Change::DeleteSettings(settings.version));
        message.push(removed("settings"));
    }
    message.push(removed("secret"));
    if open > 0 {
        message.push(Difference {
            field: "open checks".to_owned(),
            before: Some(open.to_string()),
            after: Some("left".to_owned()),
        });
    }
    write(session, &record.id, &changes, &Entry::new(session, ACTION, message).await?).await
}

/// A token that outlives its customer would still be good at iCIMS for a day.
async fn remove_token(session: &Session, id: &CustomerId) -> Result<(), CliError> {
    session
        .dynamodb()
        .delete_item()
        .table_name(&session.stack().await?.tokens_table)
        .key("pk", AttributeValue::S(connector_core::aws::token_key(id)))
        .send()
        .await
        .map_err(|error| explain("DynamoDB DeleteItem tokens", &error))?;
    Ok(())
}
