//! What an operator does to checks, on record: the audit log says who and when, and names the work by its correlation id,
//! which the check's history, the messages and the logs carry. The log itself names no workflow and no person, so that
//! erasing a person leaves nothing of them there.

use std::collections::BTreeMap;

use connector_core::domain::{CorrelationId, CustomerId, Refusal};

use crate::failure::{CliError, Kind};
use crate::records::audit::{self, Entry};
use crate::records::diff::Difference;
use crate::session::Session;

const PREFIX: &str = "operator-";
const FIELD: &str = "correlation_id";

/// One thing that an operator is about to do to checks of one customer.
#[derive(Debug)]
pub(crate) struct OperatorAction<'a> {
    session: &'a Session,
    customer: &'a CustomerId,
    entry: Entry,
    /// What names it in histories, messages and logs; begins with `operator-`.
    pub(crate) correlation_id: CorrelationId,
}

impl<'a> OperatorAction<'a> {
    /// Prepares its line in the audit log: whoever AWS does not know does nothing.
    ///
    /// # Errors
    /// If AWS does not say who the operator is.
    pub(crate) async fn begin(session: &'a Session, customer: &'a CustomerId, action: &str) -> Result<Self, CliError> {
        let correlation_id = correlation_id()?;
        let id = Difference::set(FIELD, correlation_id.to_string());
        let entry = Entry::new(session, action, vec![id]).await?;
        Ok(Self { session, customer, entry, correlation_id })
    }

    /// Adds a field to the line. No workflow, no person.
    pub(crate) fn note(&mut self, field: &str, value: impl Into<String>) {
        self.entry.changes.push(Difference::set(field, value));
    }

    /// Writes the line, now that it is done.
    ///
    /// # Errors
    /// If the line cannot be written; what was done stays done, and the message says so.
    pub(crate) async fn record(&self) -> Result<(), CliError> {
        let recorded = audit::record(self.session, self.customer, &self.entry).await;
        let describe = |why: &str| format!("{} was done, but not recorded in the audit log: {why}", self.entry.action);
        recorded.map_err(|error| error.context(describe))
    }
}

fn correlation_id() -> Result<CorrelationId, CliError> {
    CorrelationId::parse(format!("{PREFIX}{:016x}", fastrand::u64(..)))
        .map_err(|error| CliError::internal(error.to_string()))
}

/// Whether a correlation id names something done by hand.
pub(crate) fn is_operator_action(correlation_id: &CorrelationId) -> bool {
    correlation_id.as_str().starts_with(PREFIX)
}

/// Who did what by hand, by correlation id, as the customer's audit log tells it.
pub(crate) async fn operators(session: &Session, customer: &CustomerId) -> Result<BTreeMap<String, String>, CliError> {
    let log = audit::log(session, customer).await?;
    let named = log.into_iter().flat_map(|entry| {
        let by = entry.by;
        let ids = entry.changes.into_iter().filter(|change| change.field == FIELD).filter_map(|change| change.after);
        ids.map(move |id| (id, by.clone())).collect::<Vec<_>>()
    });
    Ok(named.collect())
}

/// A refusal, told in the sentence that the recruiter would read.
pub(crate) fn refused(refusal: &Refusal) -> CliError {
    let kind = match refusal {
        Refusal::AlreadyOpen | Refusal::BeingCancelled | Refusal::OpenInCrosschq | Refusal::ReportExists { .. } => {
            Kind::Conflict
        }
        Refusal::GoneFromAts { .. } => Kind::NotFound,
        Refusal::OutcomeUnknown | Refusal::NotTaken | Refusal::Invalid { .. } => Kind::Vendor,
        Refusal::NoEmail
        | Refusal::NoName
        | Refusal::NoTemplate { .. }
        | Refusal::UnknownTemplate { .. }
        | Refusal::NoRequester
        | Refusal::MovedOn => Kind::Input,
    };
    CliError::new(kind, refusal.user_message().trim_end_matches('.'))
}
