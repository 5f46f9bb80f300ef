//! Secrets Manager's errors.

use super::super::wire::AwsError;

pub(super) fn not_found() -> AwsError {
    AwsError::sender(
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret.",
    )
}

pub(super) fn value_not_found(which: &str) -> AwsError {
    AwsError::sender(
        "ResourceNotFoundException",
        format!("Secrets Manager can't find the specified secret value for {which}"),
    )
}

pub(super) fn exists(name: &str) -> AwsError {
    AwsError::sender(
        "ResourceExistsException",
        format!("The operation failed because the secret {name} already exists."),
    )
}

pub(super) fn version_exists() -> AwsError {
    AwsError::sender(
        "ResourceExistsException",
        "A resource with the ID you requested already exists: a version's value cannot be changed.",
    )
}

pub(super) fn invalid_request(message: impl Into<String>) -> AwsError {
    AwsError::sender("InvalidRequestException", message)
}

pub(super) fn invalid_parameter(message: impl Into<String>) -> AwsError {
    AwsError::sender("InvalidParameterException", message)
}

pub(super) fn invalid_next_token() -> AwsError {
    AwsError::sender("InvalidNextTokenException", "Invalid NextToken.")
}

pub(super) fn marked_for_deletion() -> AwsError {
    invalid_request(
        "You can't perform this operation on the secret because it was marked for deletion.",
    )
}
