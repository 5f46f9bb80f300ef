//! Whether a compressed event reaches the function whole: an HTTP API may take the body for text and so destroy it
//! (docs/vendors/icims.md §2.4).

use connector_core::domain::{AuthMode, Customer, StatusId};
use connector_core::ports::SecretSet;
use serde_json::json;
use time::OffsetDateTime;
use url::Url;

use super::finding::Findings;
use crate::failure::{CliError, Kind};
use crate::pushes;
use crate::session::Session;
use crate::terminal::Terminal;

/// Sends the customer's own connector an event with a status that means nothing, so that nothing is ordered: compressed, and plain
/// where that is not taken, to know one trouble from the other.
pub(super) async fn check(
    session: &Session,
    terminal: &Terminal,
    customer: &Customer,
    secrets: &SecretSet,
    subject: &str,
    findings: &mut Findings,
) {
    let unknown = |error: CliError, findings: &mut Findings| {
        let what = format!("whether compressed events arrive is not known: {}", error.message);
        findings.warning(subject, what, error.fix.unwrap_or_default());
    };
    let Some(mode) = customer.settings.icims.push.accept.first().copied() else { return };
    let event = Event { session, customer, secrets, mode };
    match event.send(true).await {
        Ok(()) => terminal.done("the connector takes compressed events: compression may be on in iCIMS"),
        Err(error) if error.kind == Kind::Busy => unknown(error, findings),
        Err(compressed) => match event.send(false).await {
            Ok(()) => findings.warning(
                subject,
                format!("compressed events do not arrive, plain ones do: {}", compressed.message),
                "leave compression off in iCIMS' subscription",
            ),
            Err(error) if error.kind == Kind::Busy => unknown(error, findings),
            Err(error) => {
                findings.error(subject, format!("no event is taken: {}", error.message), error.fix.unwrap_or_default())
            }
        },
    }
}

/// An event that means nothing.
struct Event<'a> {
    session: &'a Session,
    customer: &'a Customer,
    secrets: &'a SecretSet,
    mode: AuthMode,
}

impl Event<'_> {
    /// # Errors
    /// If it is not taken.
    async fn send(&self, gzip: bool) -> Result<(), CliError> {
        let base: Url = pushes::base(&self.session.stack().await?.api_url)?;
        let mut request = pushes::unsigned(&base, &self.body()?, gzip)?;
        let now = OffsetDateTime::now_utc().into();
        request.prove(self.mode, &self.secrets.push, &self.customer.settings.icims.push, now)?;
        let answered = pushes::post(self.session, &base, request, self.mode, &self.secrets.push).await?;
        answered.answer.trouble().map_or(Ok(()), Err)
    }

    fn body(&self) -> Result<Vec<u8>, CliError> {
        let status = meaningless(self.customer)?;
        let event = json!({
            "eventType": "WorkFlowStatusChangeEvent",
            "customerId": self.customer.id.as_str(),
            "systemId": "1", "personId": "1", "jobId": "1", "userId": "1",
            "oldStatus": status.as_str(), "newStatus": status.as_str(),
        });
        Ok(event.to_string().into_bytes())
    }
}

/// A status that the settings give no meaning.
///
/// # Errors
/// None that settings can cause: they are finite.
fn meaningless(customer: &Customer) -> Result<StatusId, CliError> {
    let sets = &customer.settings.icims.statuses;
    let means = |status: &StatusId| {
        let all = sets.trigger.iter().chain(&sets.rejected).chain(&sets.withdrawn);
        all.into_iter().any(|known| known.may_be(status))
    };
    let mut candidates = (1_u32..).filter_map(|number| format!("C{number}").parse().ok());
    candidates.find(|status| !means(status)).ok_or_else(|| CliError::internal("every status means something"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::customer;

    #[test]
    fn the_status_of_the_event_is_none_that_means_something() {
        let statuses = json!({"trigger": ["C1"], "rejected": ["2"], "withdrawn": ["C4"]});
        let customer = customer(json!({"icims": {"statuses": statuses}}), Vec::new());
        assert_eq!(meaningless(&customer).unwrap().as_str(), "C3");
    }
}
