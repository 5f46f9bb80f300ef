//! Takes callbacks from Crosschq: authenticate, name the request, queue, answer 202. The body is a hint.

use std::sync::Arc;
use std::time::Instant;

use connector_core::crosschq::inbound::{CallbackRefusal, authenticate, parse};
use connector_core::domain::{CorrelationId, CustomerId};
use connector_core::failure::Failure;
use connector_core::flows::Callback;
use connector_core::ports::{Clock, Customers, Secrets};
use http::{HeaderMap, Response, StatusCode};
use lambda_http::{Body, Request, RequestExt};

/// Handles the requests of one process.
pub struct Handler {
    /// Settings and templates.
    pub customers: Arc<dyn Customers>,
    /// What Crosschq proves itself with.
    pub secrets: Arc<dyn Secrets>,
    /// The use case.
    pub callback: Callback,
    /// The present.
    pub clock: Arc<dyn Clock>,
}

/// Why a callback is not accepted.
enum Refused {
    /// By its credentials, or its path.
    Door(CallbackRefusal),
    /// By anything else.
    Failure(Failure),
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl Handler {
    /// Answers a request, always with an empty body (docs/vendors/crosschq.md §9.6).
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let started = Instant::now();
        let correlation_id = request
            .lambda_context_ref()
            .and_then(|context| CorrelationId::parse(&context.request_id).ok())
            .unwrap_or_else(CorrelationId::untraced);
        let result = self.accept(request, &correlation_id).await;
        let duration_ms = started.elapsed().as_millis() as u64;
        let status = match &result {
            Ok(customer) => {
                tracing::info!(customer.id = %customer, correlation.id = %correlation_id, duration_ms, "callback.received");
                StatusCode::ACCEPTED
            }
            Err(Refused::Door(refusal)) => {
                tracing::warn!(correlation.id = %correlation_id, duration_ms, why = %refusal, "callback.received");
                match refusal {
                    CallbackRefusal::UnknownPath => StatusCode::NOT_FOUND,
                    CallbackRefusal::Unauthorized => StatusCode::UNAUTHORIZED,
                }
            }
            Err(Refused::Failure(failure)) => {
                tracing::warn!(correlation.id = %correlation_id, duration_ms, outcome = failure.class().as_str(), why = %failure,
                    "callback.received");
                connector_core::http::status(failure)
            }
        };
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = status;
        response
    }

    async fn accept(&self, request: Request, correlation_id: &CorrelationId) -> Result<CustomerId, Refused> {
        let nowhere = || Refused::Door(CallbackRefusal::UnknownPath);
        let parameters = request.path_parameters();
        let id = parameters.first("customer").and_then(|id| CustomerId::parse(id).ok()).ok_or_else(nowhere)?;
        let path_secret = parameters.first("secret").ok_or_else(nowhere)?.to_owned();
        let (parts, body) = request.into_parts();
        self.authenticated(&id, &path_secret, &parts.headers, body.as_ref()).await?;
        let callback = parse(body.as_ref())?;
        self.callback.accept(&id, callback.request, correlation_id).await?;
        Ok(id)
    }

    async fn authenticated(
        &self,
        id: &CustomerId,
        path_secret: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), Refused> {
        let nobody = || Refused::Door(CallbackRefusal::UnknownPath);
        // One after the other: anyone may name customers that do not exist, and reading a secret costs.
        let customer = self.customers.customer(id).await?.ok_or_else(nobody)?;
        let secrets = self.secrets.of(id).await?.ok_or_else(nobody)?;
        let now = self.clock.now();
        match authenticate(&customer, &secrets, path_secret, headers, body, now) {
            Ok(()) => Ok(()),
            // The secret may have been rotated since we read it.
            Err(refusal) => match self.secrets.refresh(id).await? {
                Some(fresh) if fresh.current.version != secrets.current.version => {
                    authenticate(&customer, &fresh, path_secret, headers, body, now).map_err(Refused::Door)
                }
                _ => Err(Refused::Door(refusal)),
            },
        }
    }
}
