//! iCIMS and Crosschq as the functions call them, and what only operators ask of them: the same adapters, the customer's own credentials, the same shared
//! tokens.

mod json;
pub mod platform;
pub mod resend;
pub mod rows;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use connector_core::aws::{DynamoTokens, ManagedSecrets, SystemClock};
use connector_core::crosschq::Crosschq;
use connector_core::domain::{Customer, CustomerId};
use connector_core::failure::RefusedAt;
use connector_core::icims::Icims;
use connector_core::ports::{AtsError, ProviderError, ReferenceProvider as _, Survey};

use crate::failure::{CliError, Kind};
use crate::session::{Session, explain};

/// The two vendors' clients for one customer.
pub struct Vendors {
    /// iCIMS.
    pub icims: Icims,
    /// Crosschq.
    pub crosschq: Crosschq,
}

/// The clients, once it is certain that the customer's secret can be read: from within them, why it cannot is hard to
/// tell.
///
/// # Errors
/// [`Kind::NotFound`] if there is no secret; else what AWS says.
pub async fn of(session: &Session, id: &CustomerId) -> Result<Vendors, CliError> {
    let stack = session.stack().await?;
    let name = stack.secret_name(id);
    let read = session.secrets().get_secret_value().secret_id(&name).send().await;
    read.map_err(|error| {
        let missing = error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception());
        if missing {
            CliError::not_found(format!("customer {id} has no secret {name}"))
                .fix("restore the secret if it was deleted, or remove the customer and add it again")
        } else {
            explain("Secrets Manager GetSecretValue", &error)
        }
    })?;
    let secrets = Arc::new(ManagedSecrets::new(session.secrets(), &stack.secrets_prefix));
    let tokens = Arc::new(DynamoTokens::new(session.dynamodb(), &stack.tokens_table));
    let http = session.http().clone();
    Ok(Vendors {
        icims: Icims::new(http.clone(), secrets.clone(), tokens, Arc::new(SystemClock)),
        crosschq: Crosschq::new(http, secrets),
    })
}

/// The surveys that are switched on in the customer's Crosschq.
///
/// # Errors
/// Why they cannot be asked for, by what can be done about it.
pub async fn surveys(session: &Session, customer: &Customer) -> Result<Vec<Survey>, CliError> {
    let vendors = of(session, &customer.id).await?;
    vendors.crosschq.surveys(customer).await.map_err(|error| explain_crosschq("its list of surveys", error))
}

/// What Crosschq's refusal of a read means to an operator. `what` was asked for.
pub fn explain_crosschq(what: &str, error: ProviderError) -> CliError {
    let vendor = |told: String| CliError::new(Kind::Vendor, told);
    match error {
        ProviderError::Unauthorized => vendor(format!("Crosschq refuses the customer's key when asked for {what}"))
            .fix("take the Partner API Key from Crosschq's connector settings and put it into the customer's secret"),
        ProviderError::RateLimited { .. } => {
            CliError::new(Kind::Busy, format!("Crosschq is too busy to tell {what}")).fix("try again in a minute")
        }
        ProviderError::Unavailable { why } => CliError::new(Kind::Busy, format!("Crosschq did not tell {what}: {why}"))
            .fix("try again later; if it lasts, look at `crosschq.base_url` and `crosschq.profile`"),
        ProviderError::Misconfigured { why } => {
            CliError::input(format!("Crosschq cannot be asked for {what}: {why}")).fix("correct that setting")
        }
        ProviderError::NotFound => vendor(format!("Crosschq knows no such place when asked for {what}"))
            .fix("look at `crosschq.base_url` and `crosschq.profile`"),
        ProviderError::Refused { .. } | ProviderError::Unsupported => {
            vendor(format!("Crosschq refuses to tell {what}: {error}")).fix("look at `crosschq.profile`")
        }
        ProviderError::Ours(failure) => failure.into(),
    }
}

/// What iCIMS' refusal of a read means to an operator. `what` was asked for.
pub fn explain_icims(what: &str, error: AtsError) -> CliError {
    let vendor = |told: String| CliError::new(Kind::Vendor, told);
    match error {
        AtsError::Unauthorized { at: RefusedAt::Forbidden } => vendor(format!("iCIMS forbids {what} to the API user"))
            .fix("have it put into the login group that may (searches: Integration User)"),
        AtsError::Unauthorized { at } => vendor(format!("iCIMS refuses the customer's credentials: {at}"))
            .fix("put the present client id and secret into the customer's secret"),
        AtsError::RateLimited { .. } => {
            CliError::new(Kind::Busy, "the customer's daily iCIMS quota is spent, or nearly so".to_owned())
                .fix("try again after midnight UTC, or ask for less")
        }
        AtsError::Unavailable { why } => {
            CliError::new(Kind::Busy, format!("iCIMS did not answer {what}: {why}")).fix("try again later")
        }
        AtsError::Misconfigured { why } => {
            CliError::input(format!("iCIMS cannot be asked for {what}: {why}")).fix("correct that setting")
        }
        AtsError::NotFound => vendor(format!("iCIMS does not know {what}, or the API user may not see it")),
        AtsError::Refused { why } => vendor(format!("iCIMS refuses {what}: {why}")),
        AtsError::Ours(failure) => failure.into(),
    }
}
