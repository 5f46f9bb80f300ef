//! Reads with which an operator learns how a platform is set up. No flow needs them.

use std::collections::BTreeMap;

use super::{Icims, unreadable};
use crate::domain::{Customer, RequisitionId, Timestamp, WorkflowId};
use crate::icims::platform::{Field, LabeledStatus, ListValue, ProfileType, Sample};
use crate::icims::transport::Call;
use crate::icims::urls::{Urls, field_name, with_fields};
use crate::icims::wire::search::{self, Filter};
use crate::icims::wire::{row, sample, schema};
use crate::ports::AtsError;

impl Icims {
    /// The fields of a profile type, by name (docs/vendors/icims.md §3.4). One call.
    ///
    /// # Errors
    /// [`AtsError`]; [`AtsError::NotFound`] also where the API user may not read schemas.
    pub async fn fields(&self, customer: &Customer, of: ProfileType) -> Result<Vec<Field>, AtsError> {
        let url = Urls::of(customer)?.schema(of.schema_name())?;
        let body = self.sessions.call(customer, Call::get("schema", url)).await?.body?;
        schema::fields(&body).ok_or_else(|| unreadable("schema"))
    }

    /// Recruiting workflows that changed at or after `since`, to the minute: their ids ascending, at most
    /// 1,000 (docs/vendors/icims.md §3.7). One call. Not promised: the last quarter of an hour, which iCIMS may not see
    /// yet.
    ///
    /// # Errors
    /// [`AtsError`]; [`AtsError::NotFound`] also where the API user may not search.
    pub async fn changed_workflows(&self, customer: &Customer, since: Timestamp) -> Result<Vec<WorkflowId>, AtsError> {
        let since = row::written(since).ok_or_else(|| unreadable("search"))?;
        let changed = Filter { name: "applicantworkflow.updateddate", operator: ">=", value: &since };
        let ids = self.found(customer, "applicantworkflows", &search::body(&[changed], &[]), None).await?;
        ids.iter().map(|id| WorkflowId::parse(id.to_string()).map_err(|_| unreadable("search"))).collect()
    }

    /// A workflow's status, the statuses it went through, and its requisition. One call.
    ///
    /// # Errors
    /// [`AtsError`].
    pub async fn sample(&self, customer: &Customer, workflow: &WorkflowId) -> Result<Sample, AtsError> {
        let url = with_fields(Urls::of(customer)?.workflow(workflow)?, &sample::FIELDS);
        let body = self.sessions.call(customer, Call::get("sample", url)).await?.body?;
        sample::sample(&body).ok_or_else(|| unreadable("sample"))
    }

    /// The statuses that a workflow went through, where [`Icims::sample`] does not tell them: platforms differ. One call.
    ///
    /// # Errors
    /// [`AtsError`]; [`AtsError::NotFound`] where the platform does not know the resource either.
    pub async fn labeled_status_log(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
    ) -> Result<Vec<LabeledStatus>, AtsError> {
        let url = Urls::of(customer)?.status_log(workflow)?;
        let body = self.sessions.call(customer, Call::get("status log", url)).await?.body?;
        sample::log(&body).ok_or_else(|| unreadable("status log"))
    }

    /// The values of a requisition's list fields; fields without one are left out. One call.
    ///
    /// # Errors
    /// [`AtsError`]; [`AtsError::Misconfigured`] for a name that is none of iCIMS' API.
    pub async fn list_values(
        &self,
        customer: &Customer,
        requisition: &RequisitionId,
        fields: &[&str],
    ) -> Result<BTreeMap<String, Vec<ListValue>>, AtsError> {
        for field in fields {
            field_name("field", field)?;
        }
        let url = with_fields(Urls::of(customer)?.job(requisition)?, fields);
        let body = self.sessions.call(customer, Call::get("list values", url)).await?.body?;
        sample::list_values(&body, fields).ok_or_else(|| unreadable("list values"))
    }
}
