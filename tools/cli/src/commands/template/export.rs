//! `connector template export`

use connector_core::domain::{CustomerId, Template};
use serde::Serialize;

use super::readable;
use crate::failure::CliError;
use crate::records::customers;
use crate::session::Session;
use crate::templates::draft;
use crate::terminal::Terminal;

/// The same in JSON, under the name that it has in TOML.
#[derive(Debug, Serialize)]
struct Exported {
    template: Vec<Template>,
}

/// Prints templates as TOML, or as JSON where that is asked for.
///
/// # Errors
/// If there is no such template, or one cannot be read: half of an export is none.
pub(super) async fn export(
    customer: &CustomerId,
    tags: &[String],
    session: &Session,
    terminal: &Terminal,
) -> Result<(), CliError> {
    let record = customers::load(session, customer).await?;
    let wanted: Vec<String> = if tags.is_empty() { record.templates.keys().cloned().collect() } else { tags.to_vec() };
    let templates: Result<Vec<Template>, CliError> =
        wanted.iter().map(|tag| readable(&record, tag).map(|stored| stored.value)).collect();
    let templates = templates?;
    if terminal.is_json() {
        return terminal.report_json(&Exported { template: templates });
    }
    if templates.is_empty() {
        terminal.warn(format!("customer {customer} has no templates"));
        return Ok(());
    }
    terminal.print(&draft::write(&templates)?)
}
