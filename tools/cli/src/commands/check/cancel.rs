//! `connector check cancel`

use connector_core::flows::ManualCancel;
use serde::Serialize;

use crate::checks::operator_action::OperatorAction;
use crate::checks::{CheckName, Services, cancel as cancelling, label, text};
use crate::failure::CliError;
use crate::records::customers;
use crate::session::Session;
use crate::terminal::{Report, Table, Terminal};

/// What became of it.
#[derive(Debug, Serialize)]
struct Cancelled {
    check: String,
    /// `marked` while the canceller is at it, `cancelled` if nothing had left for Crosschq.
    outcome: &'static str,
    correlation_id: String,
}

impl Report for Cancelled {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::pairs();
        table.row([&"check", &self.check]);
        table.row([&"outcome", &self.outcome]);
        table.row([&"correlation id", &self.correlation_id]);
        vec![table]
    }
}

/// Cancels a check, whatever the candidate's status.
///
/// # Errors
/// [`Kind::Conflict`] if it has ended, or a later attempt took its place.
pub(super) async fn cancel(session: &Session, name: &CheckName, terminal: &Terminal) -> Result<(), CliError> {
    let services = Services::open(session).await?;
    let mut check = services.find(name).await?;
    let customer = customers::load(session, &check.key.customer).await?.customer()?;
    let label = label(&check.key);
    if check.is_over() {
        return Err(over(&label, check.state()));
    }
    let action = OperatorAction::begin(session, &customer.id, "check cancel").await?;
    if !customer.settings.crosschq.capabilities.cancel {
        terminal.warn("crosschq.capabilities.cancel is off: the request will have to be cancelled in Crosschq by hand");
    }
    terminal.confirm(&format!("Cancel check {label} and its reference request?")).await?;
    let outcome = cancelling::cancel(&services, &customer, &mut check, &action.correlation_id).await?;
    let outcome = match outcome {
        ManualCancel::Marked => "marked",
        ManualCancel::Cancelled => "cancelled",
        ManualCancel::AlreadyMarked { reason } => {
            terminal.say(format!("it was marked before: {}", text::cancel_reason(reason)));
            "marked"
        }
        ManualCancel::Over { state } => return Err(over(&label, state)),
        ManualCancel::NotLatest { latest } => {
            return Err(CliError::conflict(format!("{label} is not the latest attempt: {latest} is"))
                .fix("cancel its request in Crosschq by hand; only the latest attempt is followed"));
        }
    };
    action.record().await?;
    terminal.report(&Cancelled { check: label.clone(), outcome, correlation_id: action.correlation_id.to_string() })?;
    terminal.done(match outcome {
        "marked" => format!("marked; `connector check watch {label}` shows when Crosschq has confirmed it"),
        _ => "cancelled: nothing had been sent to Crosschq".to_owned(),
    });
    Ok(())
}

fn over(label: &str, state: connector_core::domain::State) -> CliError {
    CliError::conflict(format!("check {label} has ended already: it is {}", text::state(state)))
        .fix(format!("`connector check show {label}` tells how it ended"))
}
