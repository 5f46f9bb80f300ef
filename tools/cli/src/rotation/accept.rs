//! Having a version accepted from outside before it is in force.

use connector_core::domain::CustomerId;

use crate::failure::{CliError, Kind};
use crate::secrets_document::Stage;
use crate::session::{Session, explain};

/// Has a version accepted beside the one in force, in the place of `over`, the one accepted so far.
///
/// # Errors
/// A conflict if another one is accepted by now; else what AWS says.
pub async fn accept(
    session: &Session,
    customer: &CustomerId,
    version: &str,
    over: Option<&str>,
) -> Result<(), CliError> {
    let moved = session
        .secrets()
        .update_secret_version_stage()
        .secret_id(session.stack().await?.secret_name(customer))
        .version_stage(Stage::Previous.label())
        .move_to_version_id(version)
        .set_remove_from_version_id(over.map(str::to_owned))
        .send()
        .await;
    match moved {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(|told| told.is_invalid_parameter_exception()) => {
            Err(CliError::new(Kind::Conflict, format!("somebody else is changing the secret of customer {customer}"))
                .fix("try again; nothing is in force that was not before"))
        }
        Err(error) => Err(explain("SecretsManager UpdateSecretVersionStage", &error)),
    }
}
