//! Takes event notifications from iCIMS: authenticate, parse, decide, queue, answer. And the token endpoint that iCIMS
//! asks first where a customer's pushes use OAuth.

mod events;
mod token;

use std::sync::Arc;

use bytes::Bytes;
use connector_core::domain::CorrelationId;
use connector_core::flows::Receiver;
use connector_core::icims::inbound::Push;
use connector_core::ports::{Clock, Customers, Secrets};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{Response, StatusCode};
use lambda_http::{Body, Request, RequestExt};
use tracing::Instrument as _;
use tracing::field::Empty;

/// Handles the requests of one process.
#[expect(missing_docs, reason = "the fields' names say it")]
pub struct Handler {
    pub customers: Arc<dyn Customers>,
    pub secrets: Arc<dyn Secrets>,
    pub receiver: Receiver,
    pub clock: Arc<dyn Clock>,
}

impl Handler {
    /// Answers a request. Never fails: what goes wrong has a status and a sentence.
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let context = request.lambda_context_ref();
        let correlation_id = CorrelationId::of_invocation(context.map(|context| context.request_id.as_str()));
        let push = push_of(request);
        let span =
            tracing::error_span!("request", correlation.id = %correlation_id, customer.id = Empty, workflow.id = Empty);
        let answered = async {
            if push.raw_path.ends_with("/oauth/token") {
                self.token(&push).await
            } else {
                self.event(push, &correlation_id).await
            }
        };
        answered.instrument(span).await
    }
}

/// The request as its sender signed it.
fn push_of(request: Request) -> Push {
    let raw_path = request.raw_http_path().to_owned();
    let path_secret =
        request.path_parameters_ref().and_then(|parameters| parameters.first("secret")).map(str::to_owned);
    let (parts, body) = request.into_parts();
    let body = match body {
        Body::Text(text) => text.into_bytes().into(),
        Body::Binary(bytes) => bytes.into(),
        _ => Bytes::new(),
    };
    Push {
        method: parts.method,
        raw_query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        raw_path,
        body,
        path_secret,
    }
}

fn json(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    response
}
