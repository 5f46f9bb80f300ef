//! Asking what changed, by iCIMS' Search API (facts icims §3.7) and the workflow's status log (§3.1).

use async_trait::async_trait;
use http::Method;

use super::client::Icims;
use super::transport::Call;
use super::urls::{Urls, with_fields};
use super::wire::{search, status_log, workflow};
use crate::domain::{Customer, Entered, Standing, StatusId, Timestamp, WorkflowId};
use crate::ports::{AtsError, AtsSearch};

#[async_trait]
impl AtsSearch for Icims {
    async fn changed(
        &self,
        customer: &Customer,
        statuses: &[StatusId],
        since: Timestamp,
        after: Option<&WorkflowId>,
    ) -> Result<Vec<WorkflowId>, AtsError> {
        let body = search::body(statuses, since, after).ok_or_else(|| AtsError::Misconfigured {
            why: "a search needs a status and a moment of the calendar".to_owned(),
        })?;
        let call = Call::json("search", Method::POST, Urls::of(customer)?.search_workflows()?, &body);
        let wire: search::Wire = self.read(customer, call).await?;
        wire.workflows(after).ok_or_else(|| AtsError::Unavailable { why: "search: unreadable answer".to_owned() })
    }

    async fn standing(&self, customer: &Customer, workflow: &WorkflowId) -> Result<Standing, AtsError> {
        let fields = [&workflow::FIELDS[..], &[status_log::FIELD]].concat();
        let url = with_fields(Urls::of(customer)?.workflow(workflow)?, &fields);
        let wire: status_log::WithLog = self.read(customer, Call::get("standing", url)).await?;
        Ok(wire.into())
    }

    async fn status_log(&self, customer: &Customer, workflow: &WorkflowId) -> Result<Vec<Entered>, AtsError> {
        let url = Urls::of(customer)?.status_log(workflow)?;
        let wire: status_log::Wire = self.read(customer, Call::get("status log", url)).await?;
        Ok(wire.entries())
    }
}
