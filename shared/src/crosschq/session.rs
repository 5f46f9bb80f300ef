//! A call to a customer's Crosschq with its token.

use std::sync::Arc;

use super::transport::{Call, CallError, Transport, misconfigured};
use crate::domain::Customer;
use crate::failure::Failure;
use crate::http_exchange::Answer;
use crate::ports::{CustomerSecrets, ProviderError, Secrets, with_secrets};

#[derive(Clone)]
pub(super) struct Sessions {
    pub(super) transport: Transport,
    pub(super) secrets: Arc<dyn Secrets>,
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        Self::NotDone(failure.into())
    }
}

impl Sessions {
    /// Makes a call. A refused token is replaced by a rotated one, once: what was refused was not carried out, so this
    /// repeats no create.
    pub(super) async fn call(&self, customer: &Customer, call: Call<'_>) -> Result<Answer, CallError> {
        let missing = CallError::NotDone(misconfigured("the customer has no secret"));
        let is_refusal = |error: &CallError| matches!(error, CallError::NotDone(ProviderError::Unauthorized));
        let (call, settings) = (&call, &customer.settings.crosschq);
        let attempt = |secrets: Arc<CustomerSecrets>| async move {
            let token = &secrets.current.crosschq_token;
            let answer = self.transport.send(settings, call, token).await?;
            let status = answer.status.as_u16();
            tracing::debug!(http.method = %call.method, http.status = status, "Crosschq answered");
            if matches!(status, 401 | 403) { Err(ProviderError::Unauthorized.into()) } else { Ok(answer) }
        };
        with_secrets(self.secrets.as_ref(), &customer.id, missing, is_refusal, attempt).await
    }
}
