//! `POST /icims/oauth/token`: client credentials in, a stateless signed token out (docs/vendors/icims.md §2.1).

use std::sync::Arc;

use connector_core::domain::{AuthMode, Customer};
use connector_core::failure::Failure;
use connector_core::flows::authenticate;
use connector_core::http::in_time;
use connector_core::icims::answer;
use connector_core::icims::inbound::{Push, TokenAnswer, TokenRefusal, client_of, grant};
use connector_core::ports::CustomerSecrets;
use http::{Response, StatusCode};
use lambda_http::Body;
use tracing::Span;
use tracing::field::display;

use crate::{Handler, json};

/// Why no token is issued, with the body that says so: OAuth's where the client is at fault, else ours.
struct Denied {
    failure: Failure,
    body: String,
}

impl From<TokenRefusal> for Denied {
    fn from(refusal: TokenRefusal) -> Self {
        Self { failure: refusal.into(), body: refusal.body() }
    }
}

impl From<Failure> for Denied {
    fn from(failure: Failure) -> Self {
        let body = answer::body_of(&failure);
        Self { failure, body }
    }
}

impl Handler {
    pub(crate) async fn token(&self, push: &Push) -> Response<Body> {
        match in_time(self.grant(push)).await {
            Ok(token) => {
                tracing::info!("token.issued");
                json(StatusCode::OK, token.body())
            }
            Err(Denied { failure, body }) => {
                tracing::warn!(outcome = failure.class().as_str(), why = %failure, "token.refused");
                json(connector_core::http::status(&failure), body)
            }
        }
    }

    async fn grant(&self, push: &Push) -> Result<TokenAnswer, Denied> {
        let client = client_of(push)?;
        let id = client.customer();
        let issues_tokens = |customer: &Arc<Customer>| customer.settings.icims.push.accept.contains(&AuthMode::OAuth);
        // Before the secrets: anyone may name customers that do not exist, and reading a secret costs.
        if !self.customers.customer(id).await?.as_ref().is_some_and(issues_tokens) {
            return Err(TokenRefusal::InvalidClient.into());
        }
        let now = self.clock.now();
        let prove = |secrets: &CustomerSecrets| grant(&client, secrets, now).map_err(Denied::from);
        let token = authenticate(self.secrets.as_ref(), id, TokenRefusal::InvalidClient.into(), prove).await?;
        Span::current().record("customer.id", display(id));
        Ok(token)
    }
}
