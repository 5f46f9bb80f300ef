//! `connector customer list`

use serde::Serialize;

use crate::failure::CliError;
use crate::records::customers;
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

/// One line of the list.
#[derive(Debug, Serialize)]
struct Line {
    customer: String,
    enabled: bool,
    region: String,
    profile: String,
    templates: usize,
    /// Why its records cannot be used, if they cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Lines(Vec<Line>);

impl Report for Lines {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(["CUSTOMER", "ENABLED", "ICIMS", "CROSSCHQ", "TEMPLATES", "PROBLEM"]);
        for line in &self.0 {
            table.row([
                &line.customer,
                &if line.enabled { "yes" } else { "no" },
                &line.region,
                &line.profile,
                &line.templates,
                &line.problem.clone().unwrap_or_default(),
            ]);
        }
        vec![table.empty("no customers yet: add one with `connector customer add`")]
    }
}

/// Lists every customer of the stack.
pub(super) async fn list(session: &Session, terminal: &Terminal) -> Result<(), CliError> {
    let lines = customers::all(session).await?.into_iter().map(|record| {
        let (settings, problem) = match &record.settings {
            Some(stored) => match &stored.value {
                Ok(settings) => (Some(settings), None),
                Err(problem) => (None, Some(problem.clone())),
            },
            None => (None, Some("has templates but no settings".to_owned())),
        };
        let problem = problem.or_else(|| record.broken_templates().next());
        Line {
            customer: record.id.to_string(),
            enabled: settings.is_some_and(|settings| settings.enabled),
            region: settings.map(customers::region_label).unwrap_or_default(),
            profile: settings.map(|settings| customers::profile_label(settings).to_owned()).unwrap_or_default(),
            templates: record.templates.len(),
            problem,
        }
    });
    terminal.report(&Lines(lines.collect()))
}
