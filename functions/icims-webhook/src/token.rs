//! `POST /icims/oauth/token`: client credentials in, a stateless signed token out (docs/vendors/icims.md §2.1).

use std::sync::Arc;

use connector_core::domain::{AuthMode, Customer};
use connector_core::failure::Failure;
use connector_core::icims::answer;
use connector_core::icims::inbound::{ClientCredentials, Push, TokenAnswer, TokenRefusal, client_of, grant};
use http::{Response, StatusCode};
use lambda_http::Body;

use crate::{Handler, json};

impl Handler {
    pub(crate) async fn token(&self, push: &Push) -> Response<Body> {
        let result = match client_of(push) {
            Ok(client) => self.grant(&client).await,
            Err(refusal) => Ok(Err(refusal)),
        };
        match result {
            Ok(Ok(token)) => {
                tracing::info!("token.issued");
                json(StatusCode::OK, token.body())
            }
            Ok(Err(refusal)) => {
                tracing::warn!(why = %refusal, "token.refused");
                json(refusal.status(), refusal.body())
            }
            Err(failure) => {
                tracing::warn!(why = %failure, "token.refused");
                json(connector_core::http::status(&failure), answer::body_of(&failure))
            }
        }
    }

    async fn grant(&self, client: &ClientCredentials) -> Result<Result<TokenAnswer, TokenRefusal>, Failure> {
        let id = client.customer();
        let issues_tokens = |customer: &Arc<Customer>| customer.settings.icims.push.accept.contains(&AuthMode::OAuth);
        // One after the other: anyone may name customers that do not exist, and reading a secret costs.
        if !self.customers.customer(id).await?.as_ref().is_some_and(issues_tokens) {
            return Ok(Err(TokenRefusal::InvalidClient));
        }
        let Some(secrets) = self.secrets.of(id).await? else {
            return Ok(Err(TokenRefusal::InvalidClient));
        };
        let now = self.clock.now();
        match grant(client, &secrets, now) {
            Ok(token) => Ok(Ok(token)),
            // The secret may have been rotated since we read it.
            Err(refusal) => match self.secrets.refresh(id).await? {
                Some(fresh) if fresh.current.version != secrets.current.version => Ok(grant(client, &fresh, now)),
                _ => Ok(Err(refusal)),
            },
        }
    }
}
