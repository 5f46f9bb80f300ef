//! iCIMS and Crosschq as the functions call them, and what only operators ask of them: the same adapters, the customer's own credentials, the same shared
//! tokens.

mod json;
pub(crate) mod platform;
pub(crate) mod resend;
pub(crate) mod rows;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use connector_core::aws::{DynamoTokens, ManagedSecrets, SystemClock};
use connector_core::crosschq::Crosschq;
use connector_core::domain::{Customer, CustomerId};
use connector_core::icims::Icims;
use connector_core::ports::{ReferenceProvider as _, Survey};

use crate::failure::{CliError, explain, explain_crosschq};
use crate::session::Session;

/// The two vendors' clients for one customer.
pub(crate) struct Vendors {
    pub(crate) icims: Icims,
    pub(crate) crosschq: Crosschq,
}

/// The clients, once it is certain that the customer's secret can be read: from within them, why it cannot is hard to
/// tell.
///
/// # Errors
/// [`Kind::NotFound`] if there is no secret; else what AWS says.
pub(crate) async fn of(session: &Session, id: &CustomerId) -> Result<Vendors, CliError> {
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
pub(crate) async fn surveys(session: &Session, customer: &Customer) -> Result<Vec<Survey>, CliError> {
    let vendors = of(session, &customer.id).await?;
    vendors.crosschq.surveys(customer).await.map_err(|error| explain_crosschq(customer, "survey list", error))
}
