//! From the SDK's errors to a [`Failure`]: the operation and AWS's error code, never a message or an item.

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::failure::{Cause, Failure};

/// Codes of services that are busy, whatever their HTTP status.
const BUSY: [&str; 9] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "Throttling",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "KmsThrottled",
    "TransactionConflictException",
    "OverLimit",
];

const DENIED: [&str; 2] = ["AccessDeniedException", "AccessDenied"];

/// Codes for credentials that AWS does not accept.
const NOT_ACCEPTED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException"];

/// What a failed call means to the caller, when it is none of the answers the operation is asked for.
pub(super) fn failure<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata,
{
    match error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            refused(operation, error.code().unwrap_or("no error code"), status)
        }
        SdkError::TimeoutError(_) => Failure::retry(format!("{operation}: no answer in time")),
        SdkError::DispatchFailure(why) if why.is_user() => {
            Failure::bug(format!("{operation}: the request could not be built"))
        }
        SdkError::DispatchFailure(_) => Failure::retry(format!("{operation}: no connection")),
        SdkError::ResponseError(_) => Failure::retry(format!("{operation}: the answer could not be read")),
        // No credentials, no region, a missing member.
        _ => Failure::internal(Cause::Settings, format!("{operation}: the request could not be built")),
    }
}

fn refused(operation: &'static str, code: &str, status: u16) -> Failure {
    let why = format!("{operation}: {code} ({status})");
    if status >= 500 || status == 429 || BUSY.contains(&code) {
        return Failure::retry(why);
    }
    let cause = match code {
        code if DENIED.contains(&code) => Cause::AccessDenied,
        code if NOT_ACCEPTED.contains(&code) => Cause::AwsCredentials,
        _ => Cause::Aws,
    };
    Failure::internal(cause, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_who_can_correct_it() {
        for (code, cause) in [
            ("AccessDeniedException", Cause::AccessDenied),
            ("ExpiredTokenException", Cause::AwsCredentials),
            ("UnrecognizedClientException", Cause::AwsCredentials),
            ("ValidationException", Cause::Aws),
        ] {
            let failure = refused("DynamoDB Query", code, 400);
            assert!(matches!(&failure, Failure::Internal { cause: found, .. } if *found == cause), "{failure:?}");
        }
    }

    #[test]
    fn busy_and_broken_services_are_tried_again_and_refusals_are_not() {
        for (code, status, retry) in [
            ("ProvisionedThroughputExceededException", 400, true),
            ("ThrottlingException", 400, true),
            ("RequestThrottled", 403, true),
            ("InternalServerError", 500, true),
            ("SomethingNew", 503, true),
            ("AccessDeniedException", 400, false),
            ("ResourceNotFoundException", 400, false),
            ("ValidationException", 400, false),
        ] {
            let failure = refused("DynamoDB Query", code, status);
            assert_eq!(matches!(failure, Failure::Retry { .. }), retry, "{failure}");
            assert!(failure.to_string().contains("DynamoDB Query") && failure.to_string().contains(code), "{failure}");
        }
    }
}
