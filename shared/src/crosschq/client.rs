//! The client: what each verb of the port is on the wire, and what its answers mean.

use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;

use super::paths::Paths;
use super::session::Sessions;
use super::transport::{Call, CallError, Transport, misconfigured, unavailable};
use super::wire;
use super::wire::error::{self, success};
use crate::domain::{CancelReason, CorrelationId, Customer, Link, Order, ReferenceRequest, RequestId, Stage};
use crate::http_exchange::Answer;
use crate::ports::{CancelOutcome, CreateError, ProviderError, ReferenceProvider, RequestQuery, Secrets, Survey};

/// Both of Crosschq's Partner APIs (docs/vendors/crosschq.md §9.1) for all customers.
///
/// Retries nothing, except once with the new token where one was refused and has been rotated. Where Crosschq answers
/// 404 to a read right after a create (§9.4), asking again is the caller's.
#[derive(Clone)]
pub struct Crosschq {
    pub(super) sessions: Sessions,
}

impl Crosschq {
    /// A client over an HTTP client that must follow no redirects; a connect timeout of its own lets a create that
    /// never left be told from one whose outcome is unknown.
    pub fn new(http: reqwest::Client, secrets: Arc<dyn Secrets>) -> Self {
        Self { sessions: Sessions { transport: Transport { http }, secrets } }
    }

    /// POSTs an empty object to a verb of one request, e.g. `resend`, for callers that know more of Crosschq than
    /// [`ReferenceProvider`] has verbs for. One POST, never repeated. Returns the status: 2xx, or 404, 405 or 409, which mean
    /// something else for each verb.
    ///
    /// # Errors
    /// If no answer came, or one of another status.
    pub async fn post(
        &self,
        customer: &Customer,
        request: &RequestId,
        verb: &str,
    ) -> Result<StatusCode, ProviderError> {
        let path = format!("{}{verb}/", Paths::of(customer.settings.crosschq.profile).request(request));
        let answer = self.sessions.call(customer, Call::post(&path, b"{}".to_vec())).await?;
        match answer.status.as_u16() {
            200..=299 | 404 | 405 | 409 => Ok(answer.status),
            _ => Err(error::refusal(&answer)),
        }
    }

    /// Where a request stands after a cancel that was answered in a way that does not tell.
    async fn read_back(
        &self,
        customer: &Customer,
        request: &RequestId,
        otherwise: ProviderError,
    ) -> Result<CancelOutcome, ProviderError> {
        match self.read(customer, request).await {
            Ok(ReferenceRequest { stage: Stage::Completed, .. }) => Ok(CancelOutcome::AlreadyCompleted),
            Ok(ReferenceRequest { stage: Stage::Cancelled, .. }) => Ok(CancelOutcome::Cancelled),
            Ok(_) => Err(otherwise),
            Err(ProviderError::NotFound) => Ok(CancelOutcome::Gone),
            Err(error) => Err(error),
        }
    }
}

fn internal(what: &str) -> ProviderError {
    ProviderError::Ours(crate::failure::Failure::bug(format!("{what} cannot be written as JSON")))
}

/// What an answer to a create means (docs/vendors/crosschq.md §9.4). Unless Crosschq said that it did nothing, nobody
/// knows.
fn created(answer: &Answer) -> Result<RequestId, CreateError> {
    let unknown = |why: String| CreateError::Unknown { why };
    match answer.status.as_u16() {
        200..=299 => {
            let body = success(answer).map_err(|error| unknown(error.to_string()))?;
            wire::create::reply(body).map_err(|error| unknown(error.to_string()))
        }
        409 => Err(CreateError::AlreadyExists),
        404 | 410 => Err(CreateError::NotCreated(misconfigured(
            "Crosschq answers 404 to a create: crosschq.base_url, crosschq.profile or the template's survey?",
        ))),
        408 | 500.. => Err(unknown(format!("status {}", answer.status.as_u16()))),
        _ => Err(CreateError::NotCreated(error::refusal(answer))),
    }
}

#[async_trait]
impl ReferenceProvider for Crosschq {
    async fn create(
        &self,
        customer: &Customer,
        order: &Order,
        correlation_id: &CorrelationId,
    ) -> Result<RequestId, CreateError> {
        let settings = &customer.settings.crosschq;
        let body = wire::create::body(order, settings.extensions)
            .map_err(|_| CreateError::NotCreated(internal("the order")))?;
        let call = Call {
            idempotency_key: Some(wire::create::idempotency_key(&order.external_id)),
            correlation_id: Some(correlation_id),
            ..Call::post(Paths::of(settings.profile).requests, body)
        };
        let answer = self.sessions.call(customer, call).await.map_err(|error| match error {
            CallError::NotDone(error) => CreateError::NotCreated(error),
            CallError::Lost(lost) => CreateError::Unknown { why: lost.to_string() },
        })?;
        created(&answer)
    }

    async fn read(&self, customer: &Customer, request: &RequestId) -> Result<ReferenceRequest, ProviderError> {
        let settings = &customer.settings.crosschq;
        let path = Paths::of(settings.profile).request(request);
        let answer = self.sessions.call(customer, Call::get(&path)).await?;
        wire::state::read(success(&answer)?, settings).map_err(unavailable)
    }

    async fn find(
        &self,
        customer: &Customer,
        query: &RequestQuery<'_>,
    ) -> Result<Vec<ReferenceRequest>, ProviderError> {
        self.look_up(customer, query).await
    }

    async fn cancel(
        &self,
        customer: &Customer,
        request: &RequestId,
        reason: CancelReason,
    ) -> Result<CancelOutcome, ProviderError> {
        let settings = &customer.settings.crosschq;
        if !settings.capabilities.cancel {
            return Err(ProviderError::Unsupported);
        }
        let path = Paths::of(settings.profile).cancel(request);
        let body = wire::cancel::body(reason).map_err(|_| internal("the cancel"))?;
        let answer = self.sessions.call(customer, Call::post(&path, body)).await?;
        match answer.status.as_u16() {
            200..=299 if success(&answer)?.is_empty() => Ok(CancelOutcome::Cancelled),
            200..=299 => match wire::state::read(success(&answer)?, settings) {
                Ok(ReferenceRequest { stage: Stage::Completed, .. }) => Ok(CancelOutcome::AlreadyCompleted),
                Ok(_) => Ok(CancelOutcome::Cancelled),
                Err(unreadable) => self.read_back(customer, request, unavailable(unreadable)).await,
            },
            409 if error::code(&answer).as_deref() == Some("already_completed") => Ok(CancelOutcome::AlreadyCompleted),
            409 => self.read_back(customer, request, error::refusal(&answer)).await,
            410 => Ok(CancelOutcome::Gone),
            // Nobody has seen this endpoint (docs/vendors/crosschq.md §9.1): where it does not exist, the request lives
            // on.
            404 | 405 => self.read_back(customer, request, ProviderError::Unsupported).await,
            _ => Err(error::refusal(&answer)),
        }
    }

    async fn surveys(&self, customer: &Customer) -> Result<Vec<Survey>, ProviderError> {
        let paths = Paths::of(customer.settings.crosschq.profile);
        let account = match paths.account {
            Some(path) => {
                let answer = self.sessions.call(customer, Call::get(path)).await?;
                wire::surveys::account(success(&answer)?).map_err(unavailable)?
            }
            None => wire::surveys::Account::default(),
        };
        let answer = self.sessions.call(customer, Call::get(paths.surveys)).await?;
        wire::surveys::read(success(&answer)?, &account).map_err(unavailable)
    }

    async fn fetch_pdf(&self, customer: &Customer, link: &Link) -> Result<Vec<u8>, ProviderError> {
        self.download(customer, link).await
    }
}
