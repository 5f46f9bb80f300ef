//! From the SDK's errors to what an operator can do about them.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::{CliError, Kind};

const BUSY: [&str; 8] = [
    "ThrottlingException",
    "Throttling",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "TooManyRequestsException",
    "TransactionInProgressException",
    "LimitExceededException",
];

const DENIED: [&str; 5] =
    ["AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "NotAuthorized", "AuthorizationError"];

const WHO: [&str; 8] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "MissingAuthenticationToken",
    "AuthFailure",
];

/// Says why a call of AWS failed, as far as the operator can correct it. `operation` is e.g. `DynamoDB Query`.
pub(crate) fn explain<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> CliError
where
    E: ProvideErrorMetadata,
{
    match error {
        SdkError::ServiceError(answer) => {
            refused(operation, error.code().unwrap_or("no error code"), error.message(), answer.raw().status().as_u16())
        }
        SdkError::TimeoutError(_) => busy(format!("{operation}: AWS did not answer in time")),
        SdkError::ResponseError(_) => busy(format!("{operation}: the answer of AWS could not be read")),
        SdkError::DispatchFailure(failure) if failure.is_io() || failure.is_timeout() => {
            busy(format!("{operation}: AWS cannot be reached"))
        }
        // What is left is how the SDK reports that none of its providers had credentials.
        _ => CliError::new(Kind::Credentials, "no AWS credentials were found")
            .fix("sign in (`aws sso login --profile NAME`) and give --profile NAME, or set the AWS variables"),
    }
}

fn busy(message: String) -> CliError {
    CliError::busy(message).fix("try again in a minute; nothing is half-done")
}

fn refused(operation: &str, code: &str, message: Option<&str>, status: u16) -> CliError {
    if DENIED.contains(&code) {
        // AWS names the identity, the action and the resource in this sentence, and no values.
        let message = message.unwrap_or("AWS does not permit it").trim_end_matches('.');
        return CliError::denied(format!("{operation}: {message}"));
    }
    if WHO.contains(&code) {
        return CliError::aws_credentials(format!("{operation}: AWS does not accept these credentials ({code})"));
    }
    if BUSY.contains(&code) {
        return busy(format!("{operation}: AWS is throttling ({code})"));
    }
    if status >= 500 {
        return busy(format!("{operation}: AWS has a failure of its own ({code}, {status})"));
    }
    if code == "ResourceNotFoundException"
        || code == "AWS.SimpleQueueService.NonExistentQueue"
        || code == "QueueDoesNotExist"
    {
        return CliError::not_found(format!("{operation}: the stack's resource is not there ({code})"))
            .fix("run `connector doctor`");
    }
    CliError::internal(format!("{operation}: {code} ({status})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_refuses_is_reported_by_what_to_do_about_it() {
        for (code, status, kind) in [
            ("AccessDeniedException", 400, Kind::Denied),
            ("ExpiredTokenException", 400, Kind::Credentials),
            ("ThrottlingException", 400, Kind::Busy),
            ("InternalFailure", 500, Kind::Busy),
            ("ResourceNotFoundException", 400, Kind::NotFound),
            ("ValidationException", 400, Kind::Internal),
        ] {
            let error = refused("DynamoDB Query", code, None, status);
            assert_eq!(error.kind, kind, "{code}");
            assert!(error.message.contains("DynamoDB Query"), "{error}");
        }
    }

    #[test]
    fn a_missing_permission_is_named_as_aws_names_it() {
        let shown = "User: arn:aws:iam::1:user/a is not authorized to perform: dynamodb:Query on resource: x.";
        let error = refused("DynamoDB Query", "AccessDeniedException", Some(shown), 400);
        assert!(error.message.ends_with("dynamodb:Query on resource: x"), "{error}");
    }
}
