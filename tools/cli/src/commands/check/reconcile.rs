//! `connector check reconcile`

use serde::Serialize;

use crate::arguments::check::Reconcile;
use crate::checks::by_hand::ByHand;
use crate::checks::{Desk, cancel, label, told};
use crate::failure::CliError;
use crate::records::customers;
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

/// Who was told to look at a check.
#[derive(Debug, Serialize)]
struct Told {
    check: String,
    told: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Looks {
    correlation_id: String,
    checks: Vec<Told>,
}

impl Report for Looks {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(["CHECK", "LOOKED AT BY"]);
        for told in &self.checks {
            table.row([told.check.clone(), told.told.join(", ")]);
        }
        vec![table.empty("no open checks")]
    }
}

/// Has checks looked at now.
///
/// # Errors
/// If there is no such check or customer, or AWS does not answer.
pub(super) async fn reconcile(session: &Session, which: &Reconcile, terminal: &Terminal) -> Result<(), CliError> {
    let desk = Desk::open(session).await?;
    let (customer, mut checks) = match (&which.check, &which.customer) {
        (Some(name), _) => {
            let check = desk.find(name).await?;
            (customers::load(session, &check.key.customer).await?.customer()?, vec![check])
        }
        (None, Some(id)) => {
            let customer = customers::load(session, id).await?.customer()?;
            let open = cancel::open_checks(session, &customer.id).await?;
            (customer, open)
        }
        (None, None) => return Err(CliError::input("neither a check nor --customer is given")),
    };
    let mut by_hand = ByHand::begin(session, &customer.id, "check reconcile").await?;
    let operator = desk.operator();
    let progress = terminal.progress(checks.len(), "telling the workers");
    let mut told = Vec::with_capacity(checks.len());
    for check in &mut checks {
        if which.rewrite {
            operator.show_anew(&customer, check).await?;
        }
        let workers = operator.look_again(check, &by_hand.correlation_id).await?;
        told.push(Told { check: label(&check.key), told: workers.into_iter().map(told::worker).collect() });
        progress.step();
    }
    drop(progress);
    by_hand.tell("checks", checks.len().to_string());
    if which.rewrite {
        by_hand.tell("rewrite", "true");
    }
    if !told.is_empty() {
        by_hand.record().await?;
    }
    terminal.report(&Looks { correlation_id: by_hand.correlation_id.to_string(), checks: told })
}
