//! The client of a customer's iCIMS platform.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::lenient::object;
use super::multipart::FileBody;
use super::session::{MAX_CONCURRENT_CALLS, Sessions};
use super::tenant::Tenants;
use super::token::Tokens;
use super::transport::{Call, Payload, REQUEST_TIMEOUT_MS, Transport};
use super::urls::{Urls, field_name, with_fields};
use super::wire::{job, person, row, workflow};
use crate::domain::{
    Contact, Customer, EntryId, PersonId, RecruitingWorkflow, Requisition, RequisitionId, RowMarker, StatusId, View,
    WorkflowId,
};
use crate::ports::{Ats, AtsError, AtsQuota, Clock, Secrets, TokenCache};

/// iCIMS over HTTP (docs/vendors/icims.md §1 to §6). One for all customers: it keeps each one's token, quota and number
/// of calls under way apart.
///
/// Not promised: that a failed write did not happen. Only refused credentials are tried again, once.
pub struct Icims {
    pub(super) sessions: Sessions,
}

impl Icims {
    /// A client. `http` must speak HTTP/1.1 only and follow no redirects (docs/vendors/icims.md §1.5).
    pub fn new(
        http: reqwest::Client,
        secrets: Arc<dyn Secrets>,
        tokens: Arc<dyn TokenCache>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self::with_timeout_ms(http, secrets, tokens, clock, REQUEST_TIMEOUT_MS)
    }

    /// A client with another time limit per request than [`REQUEST_TIMEOUT_MS`], in milliseconds.
    pub fn with_timeout_ms(
        http: reqwest::Client,
        secrets: Arc<dyn Secrets>,
        tokens: Arc<dyn TokenCache>,
        clock: Arc<dyn Clock>,
        timeout_ms: u64,
    ) -> Self {
        let transport = Transport { http, timeout: Duration::from_millis(timeout_ms) };
        let tokens = Tokens { transport: transport.clone(), shared: tokens, clock: Arc::clone(&clock) };
        let tenants = Tenants::new(MAX_CONCURRENT_CALLS);
        Self { sessions: Sessions { transport, tokens, secrets, clock, tenants } }
    }

    /// Signs in: with OAuth a token is fetched; with Basic only the secret is read.
    ///
    /// # Errors
    /// [`AtsError::Unauthorized`] if the token endpoint refuses the client.
    pub async fn sign_in(&self, customer: &Customer) -> Result<(), AtsError> {
        self.sessions.sign_in(customer).await
    }

    /// Reads what is at `path` below the customer's part of the API, for callers that know more of iCIMS than
    /// [`Ats`] has verbs for. `fields` may be empty: then iCIMS decides. One call.
    ///
    /// # Errors
    /// As the reads of [`Ats`].
    pub async fn get(
        &self,
        customer: &Customer,
        what: &'static str,
        path: &[&str],
        fields: &[&str],
    ) -> Result<Bytes, AtsError> {
        for field in fields {
            field_name("field", field)?;
        }
        let url = Urls::of(customer)?.api(path)?;
        let url = if fields.is_empty() { url } else { with_fields(url, fields) };
        Ok(self.sessions.call(customer, Call::get(what, url)).await?.body?)
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, customer: &Customer, call: Call) -> Result<T, AtsError> {
        let what = call.what;
        let body = self.sessions.call(customer, call).await?.body?;
        object(&body).ok_or_else(|| unreadable(what))
    }
}

fn unreadable(what: &str) -> AtsError {
    AtsError::Unavailable { why: format!("{what}: unreadable answer") }
}

impl AtsQuota for Icims {
    fn pause_for_background(&self, customer: &Customer) -> Option<Duration> {
        self.sessions.pause_for_background(customer)
    }
}

#[async_trait]
impl Ats for Icims {
    async fn workflow(&self, customer: &Customer, workflow: &WorkflowId) -> Result<RecruitingWorkflow, AtsError> {
        let url = with_fields(Urls::of(customer)?.workflow(workflow)?, &workflow::FIELDS);
        let wire: workflow::Wire = self.read(customer, Call::get("workflow", url)).await?;
        Ok(wire.into())
    }

    async fn person(&self, customer: &Customer, person: &PersonId) -> Result<Contact, AtsError> {
        let url = with_fields(Urls::of(customer)?.person(person)?, &person::FIELDS);
        let wire: person::Wire = self.read(customer, Call::get("person", url)).await?;
        Ok(wire.into_contact(&customer.settings.icims.phone_country))
    }

    async fn requisition(&self, customer: &Customer, requisition: &RequisitionId) -> Result<Requisition, AtsError> {
        let template_field = field_name("icims.template_field", &customer.settings.icims.template_field)?;
        let mut fields = job::FIELDS.to_vec();
        if !fields.contains(&template_field) {
            fields.push(template_field);
        }
        let url = with_fields(Urls::of(customer)?.job(requisition)?, &fields);
        let body = self.sessions.call(customer, Call::get("requisition", url)).await?.body?;
        job::requisition(&body, template_field).ok_or_else(|| unreadable("requisition"))
    }

    async fn add_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        view: &View,
    ) -> Result<Option<EntryId>, AtsError> {
        let body = row::body(&customer.settings.icims.result, view);
        let call = Call::json("add row", Method::POST, Urls::of(customer)?.rows(workflow)?, &body);
        let answer = self.sessions.call(customer, call).await?;
        Ok(row::entry_of(&answer.headers))
    }

    async fn find_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        marker: &RowMarker,
    ) -> Result<Option<EntryId>, AtsError> {
        let urls = Urls::of(customer)?;
        let url = with_fields(urls.workflow(workflow)?, &[urls.collection()?]);
        let body = self.sessions.call(customer, Call::get("rows", url)).await?.body?;
        row::marked(&customer.settings.icims.result, &body, marker).ok_or_else(|| unreadable("rows"))
    }

    async fn change_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        entry: &EntryId,
        view: &View,
    ) -> Result<(), AtsError> {
        let body = row::body(&customer.settings.icims.result, view);
        let call = Call::json("change row", Method::PATCH, Urls::of(customer)?.row(workflow, entry)?, &body);
        self.sessions.call(customer, call).await.map(drop)
    }

    async fn move_status(&self, customer: &Customer, workflow: &WorkflowId, status: &StatusId) -> Result<(), AtsError> {
        let body = json!({ "status": { "id": status.as_str() } });
        let call = Call::json("move status", Method::PATCH, Urls::of(customer)?.workflow(workflow)?, &body);
        self.sessions.call(customer, call).await.map(drop)
    }

    async fn attach_pdf(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        field: &str,
        file_name: &str,
        pdf: Vec<u8>,
    ) -> Result<(), AtsError> {
        let call = Call {
            what: "attach pdf",
            method: Method::PATCH,
            url: Urls::of(customer)?.file(workflow, field)?,
            payload: Payload::File(FileBody::pdf(file_name, &pdf)),
        };
        self.sessions.call(customer, call).await.map(drop)
    }
}

#[cfg(test)]
mod tests;
