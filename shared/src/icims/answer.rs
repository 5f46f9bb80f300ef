//! The bodies with which we refuse an event notification: iCIMS shows `userMessage` to the recruiter and logs
//! `debugErrorMessage` (docs/vendors/icims.md §5.4). `http.rs` picks the status.

use serde::Serialize;

use crate::failure::Failure;

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: Texts<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Texts<'a> {
    user_message: &'a str,
    debug_error_message: &'a str,
}

/// The body `{"error":{"userMessage":…,"debugErrorMessage":…}}` as JSON.
pub fn error_body(user_message: &str, debug_error_message: &str) -> String {
    let body = ErrorBody { error: Texts { user_message, debug_error_message } };
    serde_json::to_string(&body).unwrap_or_else(|_| r#"{"error":{}}"#.to_owned())
}

/// The body for a failure. A stranger who did not authenticate gets nothing that helps the next try.
pub fn body_of(failure: &Failure) -> String {
    match failure {
        Failure::Permanent(refusal) => error_body(&refusal.user_message(), &refusal.debug_message()),
        Failure::Retry { .. } | Failure::Unconfirmed { .. } => error_body(
            "Crosschq cannot take orders right now: please move the candidate again in a few minutes.",
            &failure.to_string(),
        ),
        Failure::Poison { .. } => error_body(
            "The event notification could not be read: please ask your iCIMS administrator to check its set-up.",
            &failure.to_string(),
        ),
        Failure::DamagedBody => error_body(
            "Crosschq takes no orders: this notification's compressed body arrived damaged. Have your iCIMS administrator \
             switch compression off in the iCIMS subscription.",
            &failure.to_string(),
        ),
        Failure::Unauthenticated { .. } | Failure::UnknownPath => error_body(
            "The Crosschq connector does not accept this notification's credentials: please ask your iCIMS \
             administrator to check them.",
            "not authenticated",
        ),
        Failure::CredentialsRefused { vendor, .. } => error_body(
            &format!(
                "Crosschq takes no orders: its connector cannot read {vendor}, which refuses the connector's \
                 credentials. Call your iCIMS administrator."
            ),
            &failure.to_string(),
        ),
        Failure::Internal { .. } => error_body(
            "Something went wrong in the Crosschq connector: please try again, and contact support if it stays so.",
            "internal error",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Refusal;

    #[test]
    fn a_refusal_tells_the_recruiter_what_to_fix_in_the_shape_that_icims_shows() {
        let body: serde_json::Value = serde_json::from_str(&body_of(&Failure::Permanent(Refusal::NoEmail))).unwrap();
        assert_eq!(body["error"]["userMessage"], Refusal::NoEmail.user_message());
        assert_eq!(body["error"]["debugErrorMessage"], Refusal::NoEmail.debug_message());
    }

    #[test]
    fn a_stranger_and_a_bug_learn_nothing_of_the_inside() {
        for failure in [Failure::Unauthenticated { why: "signature" }, Failure::bug("table x is gone")] {
            let body = body_of(&failure);
            assert!(!body.contains("signature") && !body.contains("table x"), "{body}");
        }
    }
}
