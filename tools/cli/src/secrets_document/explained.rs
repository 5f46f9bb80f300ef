//! What Secrets Manager refuses, as far as it means something for one customer's secret.

use aws_sdk_secretsmanager::operation::update_secret_version_stage::UpdateSecretVersionStageError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use connector_core::domain::CustomerId;

use crate::failure::{CliError, explain};

/// Why a call came to nothing.
pub(super) enum Trouble {
    /// There is no such secret, or no version with that label.
    NoSecret,
    /// It is waiting to be deleted.
    Deleted,
    /// There is one already.
    Exists,
    /// The label is not where we saw it.
    Moved,
    /// Anything else.
    Other(CliError),
}

impl Trouble {
    pub(super) fn of<E: ProvideErrorMetadata>(operation: &str, error: &SdkError<E, HttpResponse>) -> Self {
        match error.code() {
            Some("ResourceNotFoundException") => Self::NoSecret,
            Some("ResourceExistsException") => Self::Exists,
            // Of the states that do not permit a call, only this one is possible for a secret that nobody rotates or manages.
            Some("InvalidRequestException") => Self::Deleted,
            _ => Self::Other(explain(operation, error)),
        }
    }

    /// Why a label was not moved.
    pub(super) fn of_move(error: &SdkError<UpdateSecretVersionStageError, HttpResponse>) -> Self {
        match error.as_service_error() {
            Some(UpdateSecretVersionStageError::InvalidParameterException(_)) => Self::Moved,
            _ => Self::of("SecretsManager UpdateSecretVersionStage", error),
        }
    }

    pub(super) fn into_error(self, customer: &CustomerId) -> CliError {
        match self {
            Self::NoSecret => CliError::not_found(format!("customer {customer} has no secret"))
                .fix("add the customer again, or create the secret that docs/operations/onboard.md describes"),
            Self::Deleted => CliError::conflict(format!("the secret of customer {customer} is waiting to be deleted"))
                .fix("restore it (`aws secretsmanager restore-secret`), or add the customer again"),
            Self::Exists => CliError::conflict(format!("customer {customer} already has a secret"))
                .fix("rotate it instead, or remove the customer first"),
            Self::Moved => CliError::conflict(format!(
                "somebody else changed the secret of customer {customer} while you were at it; yours is not in force"
            ))
            .fix(format!(
                "look at their change with `connector customer show {customer} --history`, then repeat yours"
            )),
            Self::Other(error) => error,
        }
    }
}
