//! Having Crosschq write to people again: the candidate's invitation, or a reminder to whoever has not answered
//! (docs/vendors/crosschq.md §9.1). Nothing of ours does so by itself; an operator may, where the customer's capability
//! is on.

use super::client::Crosschq;
use super::paths::Paths;
use super::transport::Call;
use super::wire::error;
use crate::domain::{Customer, RequestId};
use crate::ports::{ProviderError, ReferenceProvider as _};

/// What became of a wish to write to people again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nudged {
    /// Crosschq has taken it.
    Sent,
    /// The request is closed: nobody is to be written to any more.
    Closed,
}

impl Crosschq {
    /// Has the invitation sent to the candidate again. One POST, never repeated: each mails a real person.
    ///
    /// # Errors
    /// [`ProviderError::Unsupported`] where the capability `resend` is off or Crosschq has no such endpoint;
    /// [`ProviderError::NotFound`] if it does not know the request.
    pub async fn resend(&self, customer: &Customer, request: &RequestId) -> Result<Nudged, ProviderError> {
        let settings = &customer.settings.crosschq;
        self.nudge(customer, request, settings.capabilities.resend, Paths::of(settings.profile).resend(request)).await
    }

    /// Has whoever has not answered yet reminded. One POST, never repeated.
    ///
    /// # Errors
    /// As [`Crosschq::resend`], by the capability `remind`.
    pub async fn remind(&self, customer: &Customer, request: &RequestId) -> Result<Nudged, ProviderError> {
        let settings = &customer.settings.crosschq;
        self.nudge(customer, request, settings.capabilities.remind, Paths::of(settings.profile).remind(request)).await
    }

    async fn nudge(
        &self,
        customer: &Customer,
        request: &RequestId,
        offered: bool,
        path: String,
    ) -> Result<Nudged, ProviderError> {
        if !offered {
            return Err(ProviderError::Unsupported);
        }
        let answer = self.sessions.call(customer, Call::post(&path, b"{}".to_vec())).await?;
        match answer.status.as_u16() {
            200..=299 => Ok(Nudged::Sent),
            409 => Ok(Nudged::Closed),
            // Nobody has seen this endpoint: only a read tells whether it or the request is missing.
            404 | 405 => match self.read(customer, request).await {
                Ok(_) => Err(ProviderError::Unsupported),
                Err(unread) => Err(unread),
            },
            _ => Err(error::refusal(&answer)),
        }
    }
}
