//! The one place that turns a failure into an HTTP status.

use http::StatusCode;

use crate::failure::Failure;

/// The status for a failure, as the ATS understands statuses (facts icims §5.4): 503 comes again, 400 a person can
/// mend, 500 the help desk has to.
pub fn status(failure: &Failure) -> StatusCode {
    match failure {
        Failure::Retry { .. } | Failure::Unconfirmed { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Failure::Permanent(_) | Failure::Poison { .. } => StatusCode::BAD_REQUEST,
        Failure::Unauthenticated { .. } => StatusCode::UNAUTHORIZED,
        Failure::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The sentence for the person in front of the ATS.
pub fn user_message(failure: &Failure) -> String {
    match failure {
        Failure::Permanent(refusal) => refusal.user_message(),
        Failure::Retry { .. } | Failure::Unconfirmed { .. } => {
            "Crosschq cannot take the order right now. Please try again in a few minutes.".to_owned()
        }
        Failure::Poison { .. } => {
            "Crosschq could not read this event. Please contact your iCIMS administrator.".to_owned()
        }
        Failure::Unauthenticated { .. } => {
            "Crosschq does not accept this event's credentials. Please contact your iCIMS administrator.".to_owned()
        }
        Failure::Internal { .. } => {
            "The Crosschq connector has a problem of its own. Please contact its support.".to_owned()
        }
    }
}

/// For the help desk: the class and, where it holds no values, the reason.
pub fn debug_message(failure: &Failure) -> String {
    match failure {
        // Whoever failed to authenticate learns nothing about why.
        Failure::Unauthenticated { .. } => "not authenticated".to_owned(),
        other => other.to_string(),
    }
}
