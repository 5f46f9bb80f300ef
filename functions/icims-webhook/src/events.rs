//! `POST /icims/events` and `/icims/events/{secret}`.

use std::sync::Arc;
use std::time::Instant;

use connector_core::domain::{CorrelationId, Customer, CustomerId};
use connector_core::failure::{Failure, MANUAL, Outcome};
use connector_core::flows::authenticate;
use connector_core::http::in_time;
use connector_core::icims::answer;
use connector_core::icims::inbound::{self, Body as PushBody, Event, Push, customer_of, parse};
use connector_core::ports::CustomerSecrets;
use http::{Response, StatusCode};
use lambda_http::Body;
use tracing::Span;
use tracing::field::display;

use crate::{Handler, json};

impl Handler {
    pub(crate) async fn event(&self, push: Push, correlation_id: &CorrelationId) -> Response<Body> {
        let started = Instant::now();
        let result = in_time(self.take(&push, correlation_id)).await;
        let duration_ms = started.elapsed().as_millis() as u64;
        match result {
            Ok(outcome) => {
                tracing::info!(duration_ms, outcome = outcome.class(), what = %outcome, "event.received");
                json(StatusCode::OK, "{}".to_owned())
            }
            Err(failure) => {
                let status = connector_core::http::status(&failure);
                if failure == Failure::DamagedBody {
                    tracing::error!(
                        action = MANUAL,
                        "a push's compressed body arrived damaged: manual action required"
                    );
                }
                tracing::warn!(duration_ms, outcome = failure.class().as_str(), why = %failure, status = status.as_u16(),
                    "event.received");
                json(status, answer::body_of(&failure))
            }
        }
    }

    async fn take(&self, push: &Push, correlation_id: &CorrelationId) -> Result<Outcome, Failure> {
        let body = PushBody::decode(push.body.clone())?;
        let id = customer_of(&body)?;
        let customer = self.authenticated(&id, push, &body).await?;
        Span::current().record("customer.id", display(&id));
        match parse(&body)? {
            Event::Other { event_type } => {
                tracing::info!(event_type, "an event type that is not for us");
                Ok(Outcome::OtherEventType)
            }
            Event::StatusChanged(change) => {
                Span::current().record("workflow.id", display(&change.workflow));
                self.receiver.receive(&customer, change, correlation_id).await
            }
        }
    }

    /// The customer, once the push has proved that it comes from there. A stranger cannot tell an unknown customer from
    /// a wrong credential.
    async fn authenticated(&self, id: &CustomerId, push: &Push, body: &PushBody) -> Result<Arc<Customer>, Failure> {
        let unknown = || Failure::Unauthenticated { why: "unknown customer" };
        // Before the secrets: anyone may name customers that do not exist, and reading a secret costs.
        let customer = self.customers.customer(id).await?.ok_or_else(unknown)?;
        let now = self.clock.now();
        let prove = |secrets: &CustomerSecrets| inbound::authenticate(&customer, secrets, push, body, now).map(drop);
        authenticate(self.secrets.as_ref(), id, unknown(), prove).await?;
        Ok(customer)
    }
}
