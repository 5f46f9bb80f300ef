//! `connector template show`

use connector_core::domain::Template;
use serde::Serialize;
use toml::Value;

use super::readable;
use crate::arguments::template::One;
use crate::failure::CliError;
use crate::records::{Version, customers};
use crate::session::Session;
use crate::templates::draft;
use crate::terminal::{Report, Table, Terminal};

#[derive(Debug, Serialize)]
struct Shown {
    customer: String,
    /// Counts its changes; absent where some other tool wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    template: Template,
}

impl Report for Shown {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::pairs().title(format!("Template {} of customer {}", self.template.tag, self.customer));
        let fields = draft::fields(&self.template).unwrap_or_default();
        for (path, value) in leaves("", &Value::Table(fields)) {
            table.row([&path, &value]);
        }
        vec![table]
    }
}

/// Every field by the path that `edit --set` takes.
fn leaves(path: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Table(fields) => fields
            .iter()
            .flat_map(|(name, value)| {
                leaves(&if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, value)
            })
            .collect(),
        Value::Array(entries) if entries.is_empty() => Vec::new(),
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) => vec![(path.to_owned(), text.clone())],
        other => vec![(path.to_owned(), other.to_string())],
    }
}

/// Shows a template.
///
/// # Errors
/// If there is no such template.
pub(super) async fn show(one: &One, session: &Session, terminal: &Terminal) -> Result<(), CliError> {
    let record = customers::load(session, &one.customer).await?;
    let stored = readable(&record, &one.tag)?;
    let version = match stored.version {
        Version::Number(number) => Some(number),
        Version::Newer(number) => number,
        Version::Absent | Version::Unnumbered => None,
    };
    terminal.report(&Shown { customer: one.customer.to_string(), version, template: stored.value })
}
