//! `connector template list`

use connector_core::domain::CustomerId;
use serde::Serialize;

use crate::failure::CliError;
use crate::records::customers;
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

#[derive(Debug, Serialize)]
struct Line {
    tag: String,
    name: String,
    survey: String,
    references: String,
    /// Whether it serves requisitions that name none.
    default: bool,
    /// Why it cannot be used, if it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Lines(Vec<Line>);

impl Report for Lines {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(["TAG", "NAME", "SURVEY", "REFERENCES", "DEFAULT", "PROBLEM"]);
        for line in &self.0 {
            table.row([
                &line.tag,
                &line.name,
                &line.survey,
                &line.references,
                &if line.default { "yes" } else { "" },
                &line.problem.clone().unwrap_or_default(),
            ]);
        }
        vec![table.empty("no templates yet: add one with `connector template add`")]
    }
}

/// Lists a customer's templates.
///
/// # Errors
/// If there is no such customer, or AWS does not answer.
pub(super) async fn list(customer: &CustomerId, session: &Session, terminal: &Terminal) -> Result<(), CliError> {
    let record = customers::load(session, customer).await?;
    let default = record.settings().ok().and_then(|settings| settings.value.icims.default_template);
    let lines = record.templates.iter().map(|(key, stored)| {
        let template = stored.value.as_ref().ok();
        Line {
            tag: key.clone(),
            name: template.map(|it| it.name.clone()).unwrap_or_default(),
            survey: template.map(|it| it.survey.to_string()).unwrap_or_default(),
            references: template.map(super::references).unwrap_or_default(),
            default: default.as_ref().is_some_and(|tag| tag.as_str() == key),
            problem: stored.value.as_ref().err().cloned(),
        }
    });
    terminal.report(&Lines(lines.collect()))
}
