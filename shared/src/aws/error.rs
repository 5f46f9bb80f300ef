//! What the SDK's errors mean to us.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::failure::Failure;

/// Codes that say "later".
const LATER: [&str; 12] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "Throttling",
    "RequestThrottled",
    "TooManyRequestsException",
    "InternalServerError",
    "InternalServiceError",
    "InternalFailure",
    "ServiceUnavailable",
    "TransactionConflictException",
    "OverLimit",
];

/// Turns an SDK error into a failure that names the operation and AWS's code, never what was sent.
pub(super) fn failure<E: ProvideErrorMetadata>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure {
    match error {
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or("unknown");
            if LATER.contains(&code) || service.raw().status().is_server_error() {
                Failure::retry(format!("AWS {operation}: {code}"))
            } else {
                Failure::internal(format!("AWS {operation}: {code}"))
            }
        }
        SdkError::TimeoutError(_) => Failure::retry(format!("AWS {operation}: timeout")),
        SdkError::DispatchFailure(dispatch) if dispatch.is_io() || dispatch.is_timeout() => {
            Failure::retry(format!("AWS {operation}: no connection"))
        }
        SdkError::DispatchFailure(_) => Failure::internal(format!("AWS {operation}: the request could not be sent")),
        SdkError::ResponseError(_) => Failure::retry(format!("AWS {operation}: an unreadable answer")),
        _ => Failure::internal(format!("AWS {operation}: the request could not be built")),
    }
}
