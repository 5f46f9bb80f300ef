//! Cancelling checks by hand: one, or all that a customer has open.

use connector_core::domain::{Check, CheckKey, CorrelationId, Customer, CustomerId, State};
use connector_core::flows::ManualCancel;

use super::index::{Listed, Pages, Span};
use super::{Services, items};
use crate::failure::CliError;
use crate::session::Session;
use crate::terminal::Terminal;

/// Marks a check to be cancelled by an operator, in its history too, and tells the canceller. `check` is left as it stands
/// then. Repeating it is harmless.
pub(crate) async fn cancel(
    services: &Services,
    customer: &Customer,
    check: &mut Check,
    correlation_id: &CorrelationId,
) -> Result<ManualCancel, CliError> {
    Ok(services.operator().cancel(customer, check, correlation_id).await?)
}

/// A customer's checks that are open, as they stand now.
pub(crate) async fn open_checks(session: &Session, customer: &CustomerId) -> Result<Vec<Check>, CliError> {
    let listed = Pages::of(session, customer, Span::default()).rest().await?;
    let open: Vec<CheckKey> = listed.into_iter().filter(Listed::may_go_on).map(|listed| listed.key).collect();
    let mut checks = items::load(session, &open).await?;
    checks.retain(|check| !check.is_over());
    checks.sort_by_key(|check| check.timing.created_at);
    Ok(checks)
}

/// What became of a customer's open checks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CancelledOpen {
    /// Marked; the canceller does the rest.
    pub(crate) marked: Vec<CheckKey>,
    /// Cancelled at once: nothing had left for Crosschq.
    pub(crate) cancelled: Vec<CheckKey>,
    /// Ended by themselves meanwhile.
    pub(crate) over: Vec<(CheckKey, State)>,
}

/// Cancels all that a customer has open. The caller records it in the audit log.
///
/// # Errors
/// What AWS says; what was marked until then stays marked, and repeating goes on with the rest.
pub(crate) async fn cancel_open(
    session: &Session,
    terminal: &Terminal,
    customer: &Customer,
    correlation_id: &CorrelationId,
) -> Result<CancelledOpen, CliError> {
    let services = Services::open(session).await?;
    let mut done = CancelledOpen::default();
    let mut open = open_checks(session, &customer.id).await?;
    let progress = terminal.progress(open.len(), "cancelling");
    for check in &mut open {
        let outcome = cancel(&services, customer, check, correlation_id).await?;
        let key = check.key.clone();
        match outcome {
            ManualCancel::Marked | ManualCancel::AlreadyMarked { .. } => done.marked.push(key),
            ManualCancel::Cancelled => done.cancelled.push(key),
            ManualCancel::Over { state } => done.over.push((key, state)),
            ManualCancel::NotLatest { latest } => terminal.warn(format!(
                "{} is open beside attempt {latest}: cancel its request in Crosschq by hand",
                super::label(&key)
            )),
        }
        progress.step();
    }
    Ok(done)
}
