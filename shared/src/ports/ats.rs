//! iCIMS, as the flows see it.

use std::time::Duration;

use async_trait::async_trait;

use crate::domain::{
    Contact, Customer, Entered, EntryId, PersonId, RecruitingWorkflow, Refusal, Requisition, RequisitionId, RowMarker,
    Standing, StatusId, View, WorkflowId,
};
use crate::failure::{Cause, Failure, RefusedAt, Vendor};

/// What the ATS can answer besides what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AtsError {
    /// 404: not found, or the API user may not see it (docs/vendors/icims.md §5.2).
    #[error("not found, or the API user may not see it")]
    NotFound,
    /// 400 and the like: iCIMS names codes and fields.
    #[error("refused: {why}")]
    Refused {
        /// Codes and field ids, no values.
        why: String,
    },
    /// Our credentials are refused, also after a fresh token.
    #[error("iCIMS refuses our credentials: {at}")]
    Unauthorized { at: RefusedAt },
    /// The daily quota is spent or nearly so, or 429.
    #[error("rate limited")]
    RateLimited { after: Option<Duration> },
    /// Network, timeout, 5xx: it may or may not have happened.
    #[error("no answer: {why}")]
    Unavailable { why: String },
    /// The customer's settings cannot work.
    #[error("settings: {why}")]
    Misconfigured { why: String },
    /// Something of ours failed on the way (secrets, token cache).
    #[error(transparent)]
    Ours(#[from] Failure),
}

impl From<AtsError> for Failure {
    fn from(error: AtsError) -> Self {
        match error {
            AtsError::NotFound => Self::Permanent(Refusal::GoneFromAts { what: "workflow".to_owned() }),
            AtsError::Refused { why } => Self::internal(Cause::Vendor(Vendor::Icims), format!("iCIMS refused: {why}")),
            AtsError::Unauthorized { at } => Self::CredentialsRefused { vendor: Vendor::Icims, at },
            AtsError::RateLimited { after } => Self::Retry { after, why: "iCIMS rate limit".to_owned() },
            AtsError::Unavailable { why } => Self::retry(format!("iCIMS: {why}")),
            AtsError::Misconfigured { why } => Self::internal(Cause::Settings, why),
            AtsError::Ours(failure) => failure,
        }
    }
}

/// Where a workflow stood. Not promised: that the ATS tells it to our user.
#[async_trait]
pub trait AtsLog: Send + Sync {
    /// Where a workflow stands, and its log where iCIMS tells both together. One call.
    async fn standing(&self, customer: &Customer, workflow: &WorkflowId) -> Result<Standing, AtsError>;

    /// A workflow's log by itself, latest first; empty where iCIMS tells none. One call.
    async fn status_log(&self, customer: &Customer, workflow: &WorkflowId) -> Result<Vec<Entered>, AtsError>;
}

/// A customer's daily calls to the ATS.
///
/// Not promised: that others spend nothing meanwhile. An adapter knows what the answers to its own process told, so that
/// a fresh process lets the first background call go to learn how much is left.
pub trait AtsQuota: Send + Sync {
    /// How long background work has to leave this customer's calls to live orders: until the quota's reset, if no more
    /// than `icims.quota_reserve` was left of it when last seen. `None`: it may go on, as far as is known.
    fn pause_for_background(&self, _customer: &Customer) -> Option<Duration> {
        None
    }
}

/// iCIMS. Every read may lack any part; every write may have happened although it failed.
#[async_trait]
pub trait Ats: AtsQuota + AtsLog {
    /// A workflow's status and links.
    async fn workflow(&self, customer: &Customer, workflow: &WorkflowId) -> Result<RecruitingWorkflow, AtsError>;

    /// A person's name, e-mail and best phone.
    async fn person(&self, customer: &Customer, person: &PersonId) -> Result<Contact, AtsError>;

    /// A requisition's title, template values, recruiter and hiring manager.
    async fn requisition(&self, customer: &Customer, requisition: &RequisitionId) -> Result<Requisition, AtsError>;

    /// Adds a row to the Screen tab. `None`: accepted, but iCIMS named no entry (docs/vendors/icims.md §4.3).
    async fn add_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        view: &View,
    ) -> Result<Option<EntryId>, AtsError>;

    /// The row that bears this marker; for when the entry's id was lost.
    async fn find_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        marker: &RowMarker,
    ) -> Result<Option<EntryId>, AtsError>;

    /// Changes a row. Writing the same twice is harmless.
    async fn change_row(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        entry: &EntryId,
        view: &View,
    ) -> Result<(), AtsError>;

    /// Moves the workflow to a status.
    async fn move_status(&self, customer: &Customer, workflow: &WorkflowId, status: &StatusId) -> Result<(), AtsError>;

    /// Puts a PDF into a file field of the workflow.
    async fn attach_pdf(
        &self,
        customer: &Customer,
        workflow: &WorkflowId,
        field: &str,
        file_name: &str,
        pdf: Vec<u8>,
    ) -> Result<(), AtsError>;
}
