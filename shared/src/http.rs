//! The one place that turns a failure into an HTTP status.

use http::StatusCode;

use crate::failure::Failure;

/// The status for a failure, as the ATS understands statuses (docs/vendors/icims.md §5.4): 503 comes again, 400 a
/// person can fix, 500 needs the help desk.
pub fn status(failure: &Failure) -> StatusCode {
    match failure {
        Failure::Retry { .. } | Failure::Unconfirmed { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Failure::Permanent(_) | Failure::Poison { .. } | Failure::DamagedBody => StatusCode::BAD_REQUEST,
        Failure::Unauthenticated { .. } => StatusCode::UNAUTHORIZED,
        Failure::UnknownPath => StatusCode::NOT_FOUND,
        Failure::CredentialsRefused { .. } | Failure::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
