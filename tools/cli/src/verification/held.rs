//! Secrets that may be in force nowhere yet, and a token of this process' own: verifying leaves no trace in the stack.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use connector_core::domain::{CustomerId, Timestamp};
use connector_core::failure::Failure;
use connector_core::ports::{CustomerSecrets, SecretSet, Secrets, SharedToken, TokenCache, TokenTurn};

/// One set of secrets, whoever asks.
pub(crate) struct HeldSecrets(Arc<CustomerSecrets>);

impl HeldSecrets {
    pub(crate) fn new(set: &SecretSet) -> Self {
        Self(Arc::new(CustomerSecrets { current: set.clone(), previous: None }))
    }
}

#[async_trait]
impl Secrets for HeldSecrets {
    async fn of(&self, _: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
        Ok(Some(Arc::clone(&self.0)))
    }

    async fn refresh(&self, customer: &CustomerId) -> Result<Option<Arc<CustomerSecrets>>, Failure> {
        self.of(customer).await
    }
}

/// The last token that was fetched.
#[derive(Default)]
pub(crate) struct HeldToken(Mutex<Option<SharedToken>>);

#[async_trait]
impl TokenCache for HeldToken {
    async fn turn(
        &self,
        _: &CustomerId,
        _: &str,
        refused: Option<&SharedToken>,
        _: Timestamp,
    ) -> Result<TokenTurn, Failure> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(held.filter(|_| refused.is_none()).map_or(TokenTurn::Fetch, TokenTurn::Use))
    }

    async fn share(&self, _: &CustomerId, token: &SharedToken) -> Result<(), Failure> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(())
    }
}
