//! `connector check reconcile`

use serde::Serialize;

use crate::arguments::check::Reconcile;
use crate::checks::operator_action::OperatorAction;
use crate::checks::{Services, cancel, label, text};
use crate::failure::CliError;
use crate::records::customers;
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

/// The workers that were notified of a check.
#[derive(Debug, Serialize)]
struct Notified {
    check: String,
    workers: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Looks {
    correlation_id: String,
    checks: Vec<Notified>,
}

impl Report for Looks {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(["CHECK", "LOOKED AT BY"]);
        for notified in &self.checks {
            table.row([&notified.check, &notified.workers.join(", ")]);
        }
        vec![table.empty("no open checks")]
    }
}

/// Has checks looked at now.
///
/// # Errors
/// If there is no such check or customer, or AWS does not answer.
pub(super) async fn reconcile(session: &Session, which: &Reconcile, terminal: &Terminal) -> Result<(), CliError> {
    let services = Services::open(session).await?;
    let (customer, mut checks) = match (&which.check, &which.customer) {
        (Some(name), _) => {
            let check = services.find(name).await?;
            (customers::load(session, &check.key.customer).await?.customer()?, vec![check])
        }
        (None, Some(id)) => {
            let customer = customers::load(session, id).await?.customer()?;
            let open = cancel::open_checks(session, &customer.id).await?;
            (customer, open)
        }
        (None, None) => return Err(CliError::input("neither a check nor --customer is given")),
    };
    let mut action = OperatorAction::begin(session, &customer.id, "check reconcile").await?;
    let operator = services.operator();
    let progress = terminal.progress(checks.len(), "telling the workers");
    let mut notified = Vec::with_capacity(checks.len());
    for check in &mut checks {
        if which.rewrite {
            operator.show_anew(&customer, check).await?;
        }
        let workers = operator.look_again(check, &action.correlation_id).await?;
        notified.push(Notified { check: label(&check.key), workers: workers.into_iter().map(text::worker).collect() });
        progress.step();
    }
    drop(progress);
    action.note("checks", checks.len().to_string());
    if which.rewrite {
        action.note("rewrite", "true");
    }
    if !notified.is_empty() {
        action.record().await?;
    }
    terminal.report(&Looks { correlation_id: action.correlation_id.to_string(), checks: notified })
}
