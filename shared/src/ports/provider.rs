//! Crosschq, as the flows see it.

use std::time::Duration;

use async_trait::async_trait;

use crate::domain::{
    CancelReason, CorrelationId, Customer, Email, Link, Order, ReferenceRequest, Refusal, RequestId, SurveyId,
};
use crate::failure::{Cause, Failure, RefusedAt, Vendor};

/// What Crosschq can answer to anything but a create.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// 404 or 410.
    #[error("Crosschq does not know it")]
    NotFound,
    /// 400, 422 and other refusals.
    #[error("refused: {fields:?}")]
    Refused { fields: Vec<String> },
    /// 401 or 403.
    #[error("Crosschq refuses our token")]
    Unauthorized,
    /// 429.
    #[error("rate limited")]
    RateLimited {
        /// `Retry-After`.
        after: Option<Duration>,
    },
    /// Network, timeout, 408, 5xx, unreadable answer.
    #[error("no answer: {why}")]
    Unavailable { why: String },
    /// A redirect (missing slash), a bad base URL, a missing secret.
    #[error("settings: {why}")]
    Misconfigured { why: String },
    /// The customer's capability is off.
    #[error("not offered by this Crosschq")]
    Unsupported,
    /// Something of ours failed on the way.
    #[error(transparent)]
    Ours(#[from] Failure),
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::NotFound => {
                Self::internal(Cause::Vendor(Vendor::Crosschq), "Crosschq does not know the request")
            }
            ProviderError::Refused { fields } => Self::Permanent(Refusal::Invalid { fields }),
            ProviderError::Unauthorized => Self::CredentialsRefused { vendor: Vendor::Crosschq, at: RefusedAt::Api },
            ProviderError::RateLimited { after } => Self::Retry { after, why: "Crosschq rate limit".to_owned() },
            ProviderError::Unavailable { why } => Self::retry(format!("Crosschq: {why}")),
            ProviderError::Misconfigured { why } => Self::internal(Cause::Settings, why),
            ProviderError::Unsupported => {
                Self::internal(Cause::Vendor(Vendor::Crosschq), "this Crosschq does not offer that")
            }
            ProviderError::Ours(failure) => failure,
        }
    }
}

/// What a create can end in besides an id (docs/vendors/crosschq.md §9.4).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateError {
    /// 409: an open request for this candidate and survey exists; ours or another.
    #[error("already exists")]
    AlreadyExists,
    /// It certainly was not created; what failed says what to do.
    #[error("not created: {0}")]
    NotCreated(#[source] ProviderError),
    /// It left and no usable answer came.
    #[error("outcome unknown: {why}")]
    Unknown { why: String },
}

/// By what a request is looked up whose create was not answered.
#[derive(Debug, Clone, Copy)]
pub struct RequestQuery<'a> {
    /// What the create sent as our id.
    pub external_id: &'a str,
    /// The candidate's address, where it can be read.
    pub email: Option<&'a Email>,
}

/// What became of a cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelOutcome {
    /// Cancelled, now or before.
    Cancelled,
    /// It had been completed: the report stays.
    AlreadyCompleted,
    /// Crosschq does not know it any more: nothing left to cancel.
    Gone,
}

/// A survey of the customer's Crosschq account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    pub id: SurveyId,
    pub name: String,
    /// Least and most references of each relationship, by the wire's key.
    pub limits: std::collections::BTreeMap<String, (u8, u8)>,
    /// Least references in all that the account asks for (docs/vendors/crosschq.md §1.3); 0 where Crosschq does not
    /// tell.
    pub min_total: u8,
}

/// Crosschq. Creating is not idempotent there; everything else is.
#[async_trait]
pub trait ReferenceProvider: Send + Sync {
    /// Creates a request. One POST, no retry of its own.
    async fn create(
        &self,
        customer: &Customer,
        order: &Order,
        correlation_id: &CorrelationId,
    ) -> Result<RequestId, CreateError>;

    /// Reads a request's state.
    async fn read(&self, customer: &Customer, request: &RequestId) -> Result<ReferenceRequest, ProviderError>;

    /// The requests that may be what an order sent: the one that echoes its id, if there is one; else all of the
    /// candidate's address. An empty answer shows that Crosschq holds none of that id or address.
    ///
    /// # Errors
    /// [`ProviderError::Unsupported`] also where there is nothing to look them up by.
    async fn find(&self, customer: &Customer, query: &RequestQuery<'_>)
    -> Result<Vec<ReferenceRequest>, ProviderError>;

    /// Cancels a request; cancelling twice is harmless.
    async fn cancel(
        &self,
        customer: &Customer,
        request: &RequestId,
        reason: CancelReason,
    ) -> Result<CancelOutcome, ProviderError>;

    /// The surveys that are switched on.
    async fn surveys(&self, customer: &Customer) -> Result<Vec<Survey>, ProviderError>;

    /// Fetches a report PDF by a link taken from [`ReferenceProvider::read`], from allowed hosts only.
    async fn fetch_pdf(&self, customer: &Customer, link: &Link) -> Result<Vec<u8>, ProviderError>;
}
