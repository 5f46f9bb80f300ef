//! Asking what changed, by iCIMS' Search API (docs/vendors/icims.md §3.7) and the workflow's status log (§3.1).

use async_trait::async_trait;
use http::Method;
use url::Url;

use super::client::Icims;
use super::transport::Call;
use super::urls::{Urls, with_fields};
use super::wire::search::{self, Filter};
use super::wire::{row, status_log, workflow};
use crate::domain::{Customer, Entered, Standing, StatusId, Timestamp, WorkflowId};
use crate::ports::{AtsError, AtsLog, AtsSearch};

impl Icims {
    /// Searches a kind of profile (`jobs`, `people` or `applicantworkflows`) for what fits all of `all` and, where there
    /// are any, at least one of `one_of`: the ids, ascending, those up to `after` left out, at most [`search::PAGE`]
    /// (docs/vendors/icims.md §3.7). One call; the API user must be in iCIMS' group *Integration User*.
    ///
    /// # Errors
    /// [`AtsError`]; [`AtsError::NotFound`] also for a customer that this platform does not know.
    pub async fn search(
        &self,
        customer: &Customer,
        kind: &str,
        all: &[Filter<'_>],
        one_of: &[Filter<'_>],
        after: Option<u64>,
    ) -> Result<Vec<u64>, AtsError> {
        let body = search::body(all, one_of);
        let call = Call::json("search", Method::POST, live(Urls::of(customer)?.search(kind)?), &body);
        let wire: search::Wire = self.read(customer, call).await?;
        if wire.is_errors_only() {
            tracing::warn!("iCIMS answered a search with errors alone: taken for nothing found");
        }
        wire.ids(after).ok_or_else(unreadable)
    }
}

/// Without it iCIMS may answer from a cache of up to a quarter of an hour, which it shares between users.
fn live(mut url: Url) -> Url {
    url.query_pairs_mut().append_pair("staleness", "0");
    url
}

/// A status as a search takes it. A node without its prefix finds nothing, so one is put before it: `C`, for statuses of
/// a platform's own, as the Crosschq status is; the few that iCIMS delivers have `D` (docs/vendors/icims.md §3.3). Both
/// at once would not do: one id that is no node may empty the whole answer.
fn node(status: &StatusId) -> String {
    let text = status.as_str();
    if status.is_prefixed() { text.to_ascii_uppercase() } else { format!("C{text}") }
}

fn unreadable() -> AtsError {
    AtsError::Unavailable { why: "search: unreadable answer".to_owned() }
}

#[async_trait]
impl AtsSearch for Icims {
    async fn changed(
        &self,
        customer: &Customer,
        statuses: &[StatusId],
        since: Timestamp,
        after: Option<&WorkflowId>,
    ) -> Result<Vec<WorkflowId>, AtsError> {
        let misconfigured =
            || AtsError::Misconfigured { why: "a search needs a status and a moment of the calendar".to_owned() };
        if statuses.is_empty() {
            return Err(misconfigured());
        }
        let since = row::written(since).ok_or_else(misconfigured)?;
        let mut all = vec![Filter { name: "applicantworkflow.updateddate", operator: ">=", value: &since }];
        all.extend(after.map(|after| Filter { name: "applicantworkflow.id", operator: ">", value: after.as_str() }));
        let nodes: Vec<String> = statuses.iter().map(node).collect();
        let statuses: Vec<_> =
            nodes.iter().map(|node| Filter { name: "applicantworkflow.status", operator: "=", value: node }).collect();
        let after = after.and_then(|after| after.as_str().parse().ok());
        let ids = self.search(customer, "applicantworkflows", &all, &statuses, after).await?;
        ids.iter().map(|id| WorkflowId::parse(id.to_string()).map_err(|_| unreadable())).collect()
    }
}

#[async_trait]
impl AtsLog for Icims {
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
