//! `POST /icims/events` and `/icims/events/{secret}`.

use connector_core::domain::{CorrelationId, Customer, CustomerId};
use connector_core::failure::{Failure, Outcome};
use connector_core::flows::StatusChange;
use connector_core::icims::answer;
use connector_core::icims::inbound::{Body as PushBody, Event, Push, authenticate, customer_of, parse};
use http::{Response, StatusCode};
use lambda_http::Body;
use std::sync::Arc;
use std::time::Instant;

use crate::{Handler, json};

impl Handler {
    pub(crate) async fn event(&self, push: Push, correlation_id: &CorrelationId) -> Response<Body> {
        let started = Instant::now();
        let mut who = None;
        let result = self.take(&push, correlation_id, &mut who).await;
        let duration_ms = started.elapsed().as_millis() as u64;
        let customer = who.as_ref().map_or("", CustomerId::as_str);
        match result {
            Ok(outcome) => {
                tracing::info!(customer.id = customer, correlation.id = %correlation_id, duration_ms,
                    outcome = outcome.class(), what = %outcome, "event.received");
                json(StatusCode::OK, "{}".to_owned())
            }
            Err(failure) => {
                let status = connector_core::http::status(&failure);
                tracing::warn!(customer.id = customer, correlation.id = %correlation_id, duration_ms, outcome = failure.class().as_str(),
                    why = %failure, status = status.as_u16(), "event.received");
                json(status, answer::body_of(&failure))
            }
        }
    }

    async fn take(
        &self,
        push: &Push,
        correlation_id: &CorrelationId,
        who: &mut Option<CustomerId>,
    ) -> Result<Outcome, Failure> {
        let body = PushBody::decode(push.body.clone())?;
        let id = customer_of(&body)?;
        let customer = self.authenticated(&id, push, &body).await?;
        *who = Some(id);
        match parse(&body)? {
            Event::Other { event_type } => {
                tracing::info!(customer.id = %customer.id, event_type, "an event type that is not for us");
                Ok(Outcome::OtherEventType)
            }
            Event::StatusChange { workflow, person, requisition, acting_user, new_status, old_status, .. } => {
                let change = StatusChange { workflow, person, requisition, acting_user, new_status, old_status };
                self.receiver.receive(&customer, change, correlation_id).await
            }
        }
    }

    /// The customer, once the push has proved that it comes from there. A stranger cannot tell an unknown customer from
    /// a wrong credential.
    async fn authenticated(&self, id: &CustomerId, push: &Push, body: &PushBody) -> Result<Arc<Customer>, Failure> {
        let unknown = || Failure::Unauthenticated { why: "unknown customer" };
        // One after the other: anyone may name customers that do not exist, and reading a secret costs.
        let customer = self.customers.customer(id).await?.ok_or_else(unknown)?;
        let secrets = self.secrets.of(id).await?.ok_or_else(unknown)?;
        let now = self.clock.now();
        match authenticate(&customer, &secrets, push, body, now) {
            Ok(_) => Ok(customer),
            // The secret may have been rotated since we read it.
            Err(refused) => match self.secrets.refresh(id).await? {
                Some(fresh) if fresh.current.version != secrets.current.version => {
                    authenticate(&customer, &fresh, push, body, now).map(|_| customer)
                }
                _ => Err(refused),
            },
        }
    }
}
