//! OAuth tokens of iCIMS, shared across processes.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::domain::{CustomerId, Timestamp};
use crate::failure::Failure;

/// A token of iCIMS, shared across processes.
#[derive(Debug, Clone)]
pub struct SharedToken {
    pub token: SecretString,
    pub expires_at: Timestamp,
    /// The secret's version it was issued for.
    pub secret_version: String,
}

/// Who fetches the next token.
#[derive(Debug, Clone)]
pub enum TokenTurn {
    /// A usable token, fetched by somebody.
    Use(SharedToken),
    /// It is our turn to fetch one; others wait until then.
    Fetch,
    /// Somebody else is fetching; ask again after this span.
    Wait(Duration),
}

/// Keeps tokens across processes: iCIMS throttles clients that ask for too many (docs/vendors/icims.md §1.2).
#[async_trait]
pub trait TokenCache: Send + Sync {
    /// A token for this secret version that is not `refused`, or whose turn it is to fetch one.
    async fn turn(
        &self,
        customer: &CustomerId,
        secret_version: &str,
        refused: Option<&SharedToken>,
        now: Timestamp,
    ) -> Result<TokenTurn, Failure>;

    /// Shares a fetched token.
    async fn share(&self, customer: &CustomerId, token: &SharedToken) -> Result<(), Failure>;
}
