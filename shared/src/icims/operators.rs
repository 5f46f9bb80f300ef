//! What only an operator asks: whether a credential is accepted, and which profiles there are to look at. No function of
//! the connector needs either.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Icims;
use super::lenient::{Lenient, Text, object};
use super::transport::Call;
use super::urls::Urls;
use crate::domain::Customer;
use crate::ports::AtsError;

/// A kind of profile that can be searched (facts icims §3.7).
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    search_results: Lenient<Vec<Lenient<WireResult>>>,
}

#[derive(Deserialize)]
struct WireResult {
    #[serde(default)]
    id: Lenient<Text>,
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
    /// (facts icims §3.7). The caller must be in iCIMS' group *Integration User*.
    ///
    /// # Errors
    /// [`AtsError`]; [`AtsError::NotFound`] also for a customer that this platform does not know.
    pub async fn ids(&self, customer: &Customer, kind: Searched, after: u64) -> Result<Vec<u64>, AtsError> {
        let (path, filter) = kind.words();
        let search =
            json!({"filters": [{"name": format!("{filter}.id"), "value": [after.to_string()], "operator": ">"}]});
        self.search(customer, path, &search).await
    }

    /// The ids that a search names, ascending.
    pub(super) async fn search(&self, customer: &Customer, path: &str, search: &Value) -> Result<Vec<u64>, AtsError> {
        let call = Call::json("search", Method::POST, Urls::of(customer)?.search(path)?, search);
        let body = self.sessions.call(customer, call).await?.body?;
        let unreadable = || AtsError::Unavailable { why: "search: unreadable answer".to_owned() };
        let wire: Wire = object(&body).ok_or_else(unreadable)?;
        let results = wire.search_results.get().ok_or_else(unreadable)?;
        let mut ids: Vec<u64> = results.iter().filter_map(|result| result.as_ref()?.id.text()?.parse().ok()).collect();
        ids.sort_unstable();
        Ok(ids)
    }
}
