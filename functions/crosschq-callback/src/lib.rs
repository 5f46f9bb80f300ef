//! Takes callbacks from Crosschq: authenticate, name the request, queue, answer 202. The body is a hint.

use std::sync::Arc;
use std::time::Instant;

use connector_core::crosschq::inbound::{self, parse};
use connector_core::domain::{CorrelationId, CustomerId};
use connector_core::failure::Failure;
use connector_core::flows::{Callback, authenticate};
use connector_core::http::in_time;
use connector_core::ports::{Clock, CustomerSecrets, Customers, Secrets};
use http::{HeaderMap, Response, StatusCode};
use lambda_http::{Body, Request, RequestExt};
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};

/// Handles the requests of one process.
#[expect(missing_docs, reason = "the fields' names say it")]
pub struct Handler {
    pub customers: Arc<dyn Customers>,
    pub secrets: Arc<dyn Secrets>,
    pub callback: Callback,
    pub clock: Arc<dyn Clock>,
}

impl Handler {
    /// Answers a request, always with an empty body (docs/vendors/crosschq.md §9.6).
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let started = Instant::now();
        let context = request.lambda_context_ref();
        let correlation_id = CorrelationId::of_invocation(context.map(|context| context.request_id.as_str()));
        let span = tracing::error_span!("request", correlation.id = %correlation_id, customer.id = Empty,
            reference_request.id = Empty);
        let result = in_time(self.accept(request, &correlation_id)).instrument(span.clone()).await;
        let duration_ms = started.elapsed().as_millis() as u64;
        let status = span.in_scope(|| match &result {
            Ok(()) => {
                tracing::info!(duration_ms, outcome = "done", "callback.received");
                StatusCode::ACCEPTED
            }
            Err(failure) => {
                tracing::warn!(duration_ms, outcome = failure.class().as_str(), why = %failure, "callback.received");
                connector_core::http::status(failure)
            }
        });
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = status;
        response
    }

    async fn accept(&self, request: Request, correlation_id: &CorrelationId) -> Result<(), Failure> {
        let parameters = request.path_parameters();
        let id = parameters.first("customer").and_then(|id| CustomerId::parse(id).ok()).ok_or(Failure::UnknownPath)?;
        let path_secret = parameters.first("secret").ok_or(Failure::UnknownPath)?.to_owned();
        let (parts, body) = request.into_parts();
        self.authenticated(&id, &path_secret, &parts.headers, body.as_ref()).await?;
        Span::current().record("customer.id", display(&id));
        let callback = parse(body.as_ref())?;
        Span::current().record("reference_request.id", display(&callback.request));
        self.callback.accept(&id, callback.request, correlation_id).await
    }

    async fn authenticated(
        &self,
        id: &CustomerId,
        path_secret: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), Failure> {
        // Before the secrets: anyone may name customers that do not exist, and reading a secret costs.
        let customer = self.customers.customer(id).await?.ok_or(Failure::UnknownPath)?;
        let now = self.clock.now();
        let prove =
            |secrets: &CustomerSecrets| inbound::authenticate(&customer, secrets, path_secret, headers, body, now);
        authenticate(self.secrets.as_ref(), id, Failure::UnknownPath, prove).await
    }
}
