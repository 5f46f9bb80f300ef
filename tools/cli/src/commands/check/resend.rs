//! `connector check resend`

use connector_core::ports::ProviderError;

use crate::checks::operator_action::OperatorAction;
use crate::checks::{CheckName, Services, label, text};
use crate::failure::{CliError, explain_crosschq};
use crate::records::customers;
use crate::session::Session;
use crate::terminal::Terminal;
use crate::vendors::resend::{self, Resend};

/// Has Crosschq write to the candidate again, or to whoever has not answered.
///
/// # Errors
/// [`Kind::Input`] where the customer's Crosschq does not offer it, [`Kind::Conflict`] where there is nothing open.
pub(super) async fn resend(
    session: &Session,
    name: &CheckName,
    remind: bool,
    terminal: &Terminal,
) -> Result<(), CliError> {
    let services = Services::open(session).await?;
    let check = services.find(name).await?;
    let customer = customers::load(session, &check.key.customer).await?.customer()?;
    let (capability, action, question) = if remind {
        ("remind", "check remind", "Have Crosschq remind whoever has not answered")
    } else {
        ("resend", "check resend", "Have Crosschq send the candidate's invitation again")
    };
    let capabilities = &customer.settings.crosschq.capabilities;
    if !(if remind { capabilities.remind } else { capabilities.resend }) {
        return Err(CliError::input(format!(
            "customer {}'s Crosschq is not known to offer this: crosschq.capabilities.{capability} is off",
            customer.id
        ))
        .fix(format!(
            "do it in Crosschq by hand; or, if Crosschq confirms the endpoint, switch the capability on with `connector \
             customer edit {}`",
            customer.id
        )));
    }
    let label = label(&check.key);
    let Some(request) = check.request().filter(|_| check.state().is_open_at_crosschq()) else {
        return Err(CliError::conflict(format!(
            "check {label} has no open reference request: it is {}",
            text::state(check.state())
        ))
        .fix(format!("`connector check show {label}` tells why")));
    };
    let operator_action = OperatorAction::begin(session, &customer.id, action).await?;
    terminal.confirm(&format!("{question} (check {label})? It writes to real people.")).await?;
    let sent = if remind {
        resend::remind(&services.crosschq, &customer, request).await
    } else {
        resend::resend_invitation(&services.crosschq, &customer, request).await
    };
    match sent {
        Ok(Resend::Sent) => {}
        Ok(Resend::Closed) => {
            return Err(CliError::conflict(format!("the reference request of check {label} is closed at Crosschq"))
                .fix(format!("`connector check reconcile {label}` has the check catch up")));
        }
        Err(ProviderError::Unsupported) => {
            return Err(CliError::vendor(format!(
                "this Crosschq has no such endpoint, though crosschq.capabilities.{capability} is on"
            ))
            .fix(format!("do it in Crosschq by hand, and switch crosschq.capabilities.{capability} off")));
        }
        Err(ProviderError::NotFound) => {
            return Err(CliError::vendor(format!("Crosschq does not know the reference request of check {label}"))
                .fix(format!("`connector check reconcile {label}` has the check catch up")));
        }
        Err(ProviderError::Unavailable { why }) => {
            return Err(CliError::busy(format!("no answer from Crosschq ({why}): it may have been sent"))
                .fix("look at the request in Crosschq before you repeat this"));
        }
        Err(error) => return Err(explain_crosschq(&customer, "request to write again", error)),
    }
    operator_action.record().await?;
    terminal.done(format!("Crosschq has taken it: {question} (check {label})").replace("Have Crosschq ", ""));
    Ok(())
}
