//! Trying a vendor's new credential before it is in force: with it alone, and without sharing a token.

use std::sync::Arc;

use connector_core::aws::SystemClock;
use connector_core::crosschq::Crosschq;
use connector_core::domain::Customer;
use connector_core::failure::{Failure, RefusedAt};
use connector_core::icims::Icims;
use connector_core::ports::{AtsError, ProviderError, ReferenceProvider as _, SecretSet};

use super::Credential;
use crate::failure::{CliError, Kind};
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
/// [`Kind::Vendor`] if the vendor refuses it; [`Kind::Busy`] if it does not answer, so that nothing is known.
pub async fn verify(
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
            Err(error) => Err(refused_by_icims(error)),
        },
        Credential::Crosschq => {
            let crosschq = Crosschq::new(session.http().clone(), Arc::new(HeldSecrets::new(set)));
            match crosschq.surveys(customer).await {
                Ok(_) => Ok(()),
                Err(error) => Err(refused_by_crosschq(error)),
            }
        }
        _ => Ok(()),
    }
}

/// What an error of Crosschq means to who brought the new token.
pub(super) fn refused_by_crosschq(error: ProviderError) -> CliError {
    match error {
        ProviderError::Unauthorized => CliError::new(Kind::Vendor, "Crosschq refuses the new token")
            .fix("copy it again from Crosschq's API settings; the one in force was not touched"),
        ProviderError::RateLimited { .. } | ProviderError::Unavailable { .. } => {
            CliError::new(Kind::Busy, "Crosschq does not answer, so the new token cannot be tried")
                .fix("try again in a minute; nothing was changed")
        }
        other => CliError::from(Failure::from(other)),
    }
}

/// What an error of iCIMS means to who brought the credential.
pub(crate) fn refused_by_icims(error: AtsError) -> CliError {
    match error {
        AtsError::Unauthorized { at } => CliError::new(Kind::Vendor, format!("iCIMS refuses the credential ({at})"))
            .fix("compare client id and secret with what iCIMS support sent, and the region with the platform's"),
        AtsError::RateLimited { .. } => {
            CliError::new(Kind::Busy, "iCIMS' calls for today are spent, or it is throttling")
                .fix("try again later; the quota comes back at 00:00 UTC")
        }
        AtsError::Unavailable { why } => CliError::new(Kind::Busy, format!("iCIMS does not answer: {why}"))
            .fix("try again in a minute; if it stays so check the region or the hosts"),
        AtsError::Misconfigured { why } => CliError::input(why).fix("correct it with `connector customer edit`"),
        AtsError::NotFound => CliError::new(Kind::Vendor, "iCIMS does not find it, or the API user may not see it")
            .fix("check the id, and the rights of the API user's login group"),
        AtsError::Refused { why } => CliError::new(Kind::Vendor, format!("iCIMS refuses: {why}")),
        AtsError::Ours(failure) => failure.into(),
    }
}
