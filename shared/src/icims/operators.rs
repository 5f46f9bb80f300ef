//! What only an operator asks: whether a credential is accepted, and which profiles there are to look at. No function of
//! the connector needs either.

use super::client::Icims;
use super::wire::search::{self, Filter};
use crate::domain::Customer;
use crate::ports::AtsError;

/// A kind of profile that can be searched (docs/vendors/icims.md §3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Searched {
    /// Recruiting workflows.
    Workflows,
    /// Persons.
    People,
    /// Requisitions.
    Requisitions,
}

impl Searched {
    /// As the path names it, and as its filters do.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Workflows => ("applicantworkflows", "applicantworkflow"),
            Self::People => ("people", "person"),
            Self::Requisitions => ("jobs", "job"),
        }
    }
}

impl Icims {
    /// Signs in: with OAuth a token is asked for; with Basic there is nothing to ask, and only the secret is looked at.
    ///
    /// # Errors
    /// [`AtsError::Unauthorized`] if the token endpoint refuses the client.
    pub async fn sign_in(&self, customer: &Customer) -> Result<(), AtsError> {
        self.sessions.sign_in(customer).await
    }

    /// The system ids above `after` that the API user may see, ascending, at most 1,000; they may be fifteen minutes old
    /// (docs/vendors/icims.md §3.7). The caller must be in iCIMS' group *Integration User*.
    ///
    /// # Errors
    /// [`AtsError`]; [`AtsError::NotFound`] also for a customer that this platform does not know.
    pub async fn ids(&self, customer: &Customer, kind: Searched, after: u64) -> Result<Vec<u64>, AtsError> {
        let (path, filter) = kind.words();
        let (name, value) = (format!("{filter}.id"), after.to_string());
        let above = Filter { name: &name, operator: ">", value: &value };
        self.found(customer, path, &search::body(&[above], &[]), Some(after)).await
    }
}
