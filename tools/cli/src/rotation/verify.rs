//! Trying a vendor's new credential before it is in force: with it alone, and without sharing a token.

use std::sync::Arc;

use connector_core::aws::SystemClock;
use connector_core::crosschq::Crosschq;
use connector_core::domain::Customer;
use connector_core::failure::RefusedAt;
use connector_core::icims::Icims;
use connector_core::ports::{AtsError, ReferenceProvider as _, SecretSet};

use super::Credential;
use crate::failure::{CliError, explain_crosschq, explain_icims};
use crate::session::Session;
use crate::vendors::platform::{ProfileType, fields};
use crate::verification::held::{HeldSecrets, HeldToken};

/// An iCIMS client that uses these secrets and no others.
pub(crate) fn icims_with(session: &Session, set: &SecretSet) -> Icims {
    let (secrets, token) = (Arc::new(HeldSecrets::new(set)), Arc::new(HeldToken::default()));
    Icims::new(session.http().clone(), secrets, token, Arc::new(SystemClock))
}

/// Tries a vendor's credential; what is ours needs no trial.
///
/// # Errors
/// If the vendor refuses it, or does not answer, so that nothing is known.
pub(crate) async fn verify(
    session: &Session,
    credential: Credential,
    customer: &Customer,
    set: &SecretSet,
) -> Result<(), CliError> {
    match credential {
        Credential::Icims => match fields(&icims_with(session, set), customer, ProfileType::RecruitingWorkflow).await {
            // What it may read is another matter: `customer discover` tells.
            Ok(_)
            | Err(
                AtsError::NotFound | AtsError::Refused { .. } | AtsError::Unauthorized { at: RefusedAt::Forbidden },
            ) => Ok(()),
            Err(error) => Err(explain_icims(customer, "schemas", error)),
        },
        Credential::Crosschq => {
            let crosschq = Crosschq::new(session.http().clone(), Arc::new(HeldSecrets::new(set)));
            match crosschq.surveys(customer).await {
                Ok(_) => Ok(()),
                Err(error) => Err(explain_crosschq(customer, "survey list", error)),
            }
        }
        _ => Ok(()),
    }
}
