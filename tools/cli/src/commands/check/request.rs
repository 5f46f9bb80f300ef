//! `connector check request`

use connector_core::domain::CheckKey;
use connector_core::failure::Failure;
use connector_core::flows::ManualOrder;
use serde::Serialize;

use crate::checks::operator_action::{self, OperatorAction};
use crate::checks::{Services, WorkflowName, label, text};
use crate::failure::CliError;
use crate::records::customers;
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

#[derive(Debug, Serialize)]
struct Ordered {
    check: String,
    correlation_id: String,
}

impl Report for Ordered {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::pairs();
        table.row([&"check", &self.check]);
        table.row([&"correlation id", &self.correlation_id]);
        vec![table]
    }
}

/// Orders references for a workflow by hand.
///
/// # Errors
/// A refusal in the recruiter's sentence; [`Kind::Conflict`] where one is open or was just ordered.
pub(super) async fn request(session: &Session, name: &WorkflowName, terminal: &Terminal) -> Result<(), CliError> {
    let customer = customers::load(session, &name.customer).await?.customer()?;
    let services = Services::open(session).await?;
    let action = OperatorAction::begin(session, &customer.id, "check request").await?;
    terminal.confirm(&format!("Order references for workflow {name}? Crosschq then writes to the candidate.")).await?;
    let outcome = services.operator().order(&customer, &name.workflow, &action.correlation_id).await;
    let attempt = match outcome {
        Ok(ManualOrder::Queued { attempt }) => attempt,
        Ok(ManualOrder::JustOrdered { attempt, at }) => {
            return Err(CliError::conflict(format!(
                "{name} was ordered {} ago as attempt {attempt}; nothing new was sent",
                text::span(services.now().since(at))
            ))
            .fix(format!("`connector check show {name}` tells what became of it; a new order counts after a minute")));
        }
        Ok(ManualOrder::SwitchedOff) => {
            return Err(CliError::input(format!(
                "customer {} is switched off, so that its orders are ignored",
                customer.id
            ))
            .fix(format!("`connector customer enable {}` first", customer.id)));
        }
        Err(Failure::Permanent(refusal)) => return Err(operator_action::refused(&refusal)),
        Err(failure) => return Err(failure.into()),
    };
    action.record().await?;
    let key = CheckKey { customer: customer.id.clone(), workflow: name.workflow.clone(), attempt };
    terminal.report(&Ordered { check: label(&key), correlation_id: action.correlation_id.to_string() })?;
    terminal.done(format!("ordered; follow it with `connector check watch {}`", label(&key)));
    Ok(())
}
